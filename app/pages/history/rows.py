"""History as the pages show it: refused attempts folded, and a way back where there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import history, lookup
from app.experiments.history import Entry
from app.lifecycle import StopLeft
from app.models import Door, Experiment, History, Kind, ProjectEntry, ProjectKind
from app.pages.actions.buttons import Button, button, decision_button, swap_button
from app.pages.actions.buttons import undo as as_undo
from app.pages.actions.words import paused_by_undo
from app.pages.common.words import edit_words
from app.pages.common.words.edit_words import ShownChange
from app.pages.common.words.labels import BADGES, DOORS, Badge, concluded
from app.pages.common.words.phrases import author
from app.pages.experiments import stop_undo
from app.pages.experiments.bulk_panel import WayBack
from app.pages.history import words

THE_SERVER = "the server"


@dataclass(frozen=True)
class Line:
    """One entry, of an `experiment` or of the whole project.

    `badge` is the status that a change led to, `cause` why nobody had to ask for it, `changes` what
    an edit changed, `conclusion` how the experiment ended, `undo` the button that takes it back,
    `stop_undo` that of a Stop everything, and `undo_note` what else than that comes of it.
    """

    entry: Entry
    id: str
    experiment: Experiment | None
    sentence: str
    cause: str
    changes: tuple[ShownChange, ...]
    badge: Badge | None
    conclusion: str
    author: str
    door: str
    undo: Button | None
    undo_note: str
    stop_undo: WayBack | None = None


@dataclass(frozen=True)
class Group:
    """Entries that are shown together: one, or refused ones folded under a `summary`."""

    lines: tuple[Line, ...]
    summary: str = ""


def groups(caller: Caller, entries: Sequence[Entry]) -> list[Group]:
    """Return the entries for `caller`, in their order.

    Refused ones that follow each other are one.
    """
    made: list[Group] = []
    left = _left(caller, entries)
    for is_refused, alike in groupby(entries, lambda entry: entry.kind is Kind.REFUSED):
        following = list(alike)
        lines = tuple(_line(caller, entry, left) for entry in following)
        if is_refused and len(lines) > 1:
            times = sum(entry.times for entry in following if isinstance(entry, History))
            made.append(Group(lines, words.attempts(times)))
        else:
            made += [Group((line,)) for line in lines]
    return made


def _left(caller: Caller, entries: Sequence[Entry]) -> Mapping[int, StopLeft]:
    """Return what `caller` may take back of each Stop everything among the entries."""
    stops = [
        entry.id
        for entry in entries
        if isinstance(entry, ProjectEntry) and entry.kind is ProjectKind.EVERYTHING_STOPPED
    ]
    return lifecycle.stops_left(caller.project_id, stops) if caller.may_change else {}


def _line(caller: Caller, entry: Entry, left: Mapping[int, StopLeft]) -> Line:
    return (
        _of_the_project(caller, entry, left.get(entry.id))
        if isinstance(entry, ProjectEntry)
        else _of_one(caller, entry)
    )


def _of_the_project(caller: Caller, entry: ProjectEntry, left: StopLeft | None) -> Line:
    reference = history.reference(entry)
    return Line(
        entry,
        f"entry-{reference}",
        entry.experiment,
        words.of_project(entry),
        words.cause_in_project(entry),
        (),
        None,
        "",
        THE_SERVER if entry.door is Door.SCHEDULE else author(entry, caller.user_id),
        DOORS[entry.door],
        None,
        stop_undo.brings(left) if left else "",
        left and stop_undo.way_back(caller.project_key, left.undo, f"undo-{reference}"),
    )


def _of_one(caller: Caller, entry: History) -> Line:
    undo = _undo(caller, entry) if caller.may_change else None
    is_plain_change = entry.kind is Kind.CHANGED and entry.to_status and not entry.paused
    return Line(
        entry,
        f"entry-{history.reference(entry)}",
        entry.experiment,
        words.sentence(entry),
        words.cause(entry, caller.user_id),
        edit_words.shown(entry.changes),
        BADGES[entry.to_status] if entry.to_status and is_plain_change else None,
        concluded(entry.outcome),
        author(entry, caller.user_id),
        DOORS[entry.door],
        undo,
        paused_by_undo(entry) if undo and entry.paused else "",
    )


def _undo(caller: Caller, entry: History) -> Button | None:
    """Return the button that takes the latest change of an experiment back."""
    if not history.is_latest_change(entry):
        return None
    back = _way_back(caller, entry)
    # Not the button of the same action that the experiment has elsewhere on the page.
    identity = f"undo-{entry.id}"
    return back and replace(as_undo(back), identity=identity, described_by=f"entry-{entry.id}")


def _way_back(caller: Caller, entry: History) -> Button | None:
    subject = lookup.subject(entry.experiment)
    if entry.paused:
        paused = lookup.subject(entry.paused)
        return swap_button(caller.project_key, paused, subject, "Undo")
    if request := lifecycle.restoring(entry):
        return decision_button(caller.project_key, subject, request)
    edge = lifecycle.way_back(entry.from_status, subject.status)
    return button(caller.project_key, subject, edge) if edge else None
