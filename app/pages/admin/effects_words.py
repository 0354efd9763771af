"""What a change of plans brings, in the words of the admins' pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import request, url_for

from app.pages.common.words.phrases import counted, fitting, quoted
from app.tenancy.agreements import TO_NONE, Consent, Effects, NotAgreed, Over, Start

AGREED = "agreed"
"""The field of a form that agrees to what was told before."""


@dataclass(frozen=True)
class Line:
    """A project, its page, and what becomes of it."""

    project: str
    address: str
    words: str


@dataclass(frozen=True)
class Question:
    """What is asked before plans change: its title, what starts, who comes to be over, its button.

    It `is_again` where something else was told before.
    """

    title: str
    starts: list[Line]
    over: list[Line]
    verb: str
    token: str
    is_again: bool


def agreed() -> Consent:
    """Return what the form that was sent agrees to."""
    return Consent(request.form.get(AGREED, ""))


def question(asked: NotAgreed, what: str, verb: str) -> Question:
    """Return what to ask of `what` is to change; `verb` is what the button says it does."""
    effects = asked.effects
    starts = len(effects.started)
    return Question(
        f"{what}: {'; '.join(_parts(effects)) or 'nothing starts, and nothing is over'}",
        [Line(*each) for each in _started(effects.started)],
        [Line(each.project_name, _page(each.project_key), live(each)) for each in effects.over],
        f"{verb} and start {starts}" if starts else f"{verb} all the same",
        effects.token,
        is_again=agreed() != TO_NONE,
    )


def told(effects: Effects) -> str:
    """Return what a change has brought, in sentences that follow others; "" for nothing."""
    return "".join((_told_of_starts(effects), _told_of_over(effects)))


def started_of(effects: Effects) -> str:
    """Return the names of what was started in one project; "" where nothing was."""
    return quoted([start.name for start in effects.started])


def live(over: Over) -> str:
    """Return what is live in a project that is over its limit: "3 of 2 live"."""
    return f"{over.running} of {over.limit} live"


def _parts(effects: Effects) -> Iterable[str]:
    if effects.started:
        yield f"{_experiments(len(effects.started))} from the queue at once"
    if effects.over:
        yield f"{_over_by(effects)}; nothing is stopped"


def _experiments(number: int) -> str:
    return f"{counted(number, 'experiment')} {'starts' if number == 1 else 'start'}"


def _over_by(effects: Effects) -> str:
    projects = counted(len(effects.over), "project")
    return f"{projects} over the limit, by {counted(effects.surplus, 'experiment')}"


def _told_of_starts(effects: Effects) -> str:
    if not effects.started:
        return ""
    number = counted(len(effects.started), "experiment")
    where = [f"{names} in {project}" for project, _, names in _started(effects.started)]
    return f" {number} went live from the queue: {_first(where)}."


def _told_of_over(effects: Effects) -> str:
    if not effects.over:
        return ""
    where = [f"{each.project_name} ({live(each)})" for each in effects.over]
    return f" {_over_by(effects)}, and nothing was stopped: {_first(where)}."


def _first(told: Sequence[str]) -> str:
    """Return the first of them, and how many there are besides."""
    shown = fitting(told)
    more = len(told) - len(shown)
    return "; ".join([*shown, *([f"and {more} more"] if more else [])])


def _started(starts: Sequence[Start]) -> list[tuple[str, str, str]]:
    by_project = groupby(starts, lambda start: (start.project_name, start.project_key))
    return [
        (name, _page(key), quoted([start.name for start in each]))
        for (name, key), each in by_project
    ]


def _page(project_key: str) -> str:
    return url_for("admin_projects.show", project_key=project_key)
