"""What the pages say of a launch check, and of a live experiment that splits nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from app.accounts.caller import Caller
from app.launch.check import Check, Code, LaunchCheck, Mend, State
from app.models import AskingFault, Experiment, SplitFault, Status


@dataclass(frozen=True)
class Link:
    """Where something is mended."""

    address: str
    text: str


@dataclass(frozen=True)
class Line:
    """A line of the launch check: `tone` names its icon, `word` says it too, `short` sums it up."""

    tone: str
    word: str
    name: str
    sentence: str
    short: str
    links: tuple[Link, ...]


WORDS = {
    State.PASSED: "Fine",
    State.MISSING: "Missing",
    State.UNKNOWN: "Not known",
    State.NEVER: "Never measures",
}
NAMES = {
    Code.VISITORS: ("Visitors", "nobody can be compared"),
    Code.GOAL: ("Goal", "no primary goal"),
    Code.KEY: ("Key and site", "nobody can ask for a variant"),
    Code.AUDIENCE: ("Audience", "it asks for what no page says by itself"),
    Code.SCRIPT: ("Script", "no event in the last day"),
    Code.DURATION: ("How long", "hardly anything is found in time"),
    Code.PAGE: ("Page", "no page is given"),
    Code.STOP: ("Stop", "no stop is set"),
}
_ASKING = {
    AskingFault.NO_KEY: "no site can ask: no key",
    AskingFault.NO_SITE: "no site can ask: no site is listed",
}


def lines(caller: Caller, experiment: Experiment, checks: Sequence[Check]) -> list[Line]:
    """Return lines of a launch check, each with the links that the reader may follow."""
    return [
        Line(
            each.state,
            WORDS[each.state],
            NAMES[each.code][0],
            each.sentence,
            _short(each),
            tuple(_links(caller, experiment, each)),
        )
        for each in checks
    ]


def not_split(found: Experiment | LaunchCheck) -> str:
    """Return why visitors of a live experiment are not being split, "" where they are.

    Of several reasons it is one that is true beside the others: where nobody can ask, it is not
    said that everybody sees the same variant.
    """
    fault = found.split_fault
    if fault is SplitFault.NO_TRAFFIC:
        return "nobody can be split: traffic is 0\u00a0%"
    if found.asking_fault:
        return _ASKING[found.asking_fault]
    if fault is SplitFault.ONE_VARIANT:
        only = found.only_variant
        return f"everybody sees “{only}”" if only else "all who take part see the same variant"
    return "nobody sees the original: nothing to compare with" if fault else ""


def _short(line: Check) -> str:
    names = " and ".join(f"“{other.name}”" for other in line.others)
    return f"the same page as {names}" if names else NAMES[line.code][1]


def _links(caller: Caller, experiment: Experiment, line: Check) -> list[Link]:
    if line.others:
        return [Link(_of(caller, other.key), f"See “{other.name}”") for other in line.others]
    link = _link(caller, experiment, line.mend) if line.mend else None
    return [link] if link else []


def _link(caller: Caller, experiment: Experiment, mend: Mend) -> Link | None:
    """Return where something is mended; None for a reader who may not go there."""
    project_key, key = caller.project_key, experiment.key
    if mend is Mend.INSTALL:
        return Link(url_for("install.show", project_key=project_key), "Go to Install")
    if not caller.may_change:
        return None
    match mend:
        case Mend.DESIGN if experiment.status is Status.DRAFT:
            return Link(
                url_for("design.show", project_key=project_key, key=key), "Change the design"
            )
        case Mend.DESIGN:
            return Link(_of(caller, key) + "#design", "See the design")
        case Mend.EXPERIMENT:
            return Link(url_for("edit.show", project_key=project_key, key=key), "Give the page")
        case Mend.SCHEDULE:
            return Link(url_for("schedule.show", project_key=project_key, key=key), "Set a stop")


def _of(caller: Caller, key: str) -> str:
    return url_for("experiment.show", project_key=caller.project_key, key=key)
