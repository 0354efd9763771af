"""Words for an entry of history, and for its kinds in a filter."""

from collections.abc import Callable

from app.database.rows.overdue import OVERDUE_AFTER
from app.experiments.history_places import AnyKind
from app.models import CauseKind, Door, FiledAs, History, Kind, ProjectEntry, ProjectKind, Status
from app.pages.actions.words import asked_for, decided
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words import refusal_words
from app.pages.common.words.labels import BADGES, DOORS
from app.pages.common.words.phrases import counted, named, span

# By what the address of a page calls them: what a reader calls them, and which entries they are.
GROUPS: dict[str, tuple[str, tuple[AnyKind, ...]]] = {
    "changes": ("Changes", (Kind.CHANGED,)),
    "decisions": ("Decisions", (FiledAs.DECIDED,)),
    "refused": ("Refused attempts", (Kind.REFUSED,)),
    "waiting": (
        "Queue and schedule",
        (Kind.QUEUED, Kind.UNQUEUED, Kind.SCHEDULED, Kind.UNSCHEDULED, Kind.HANDED_OVER),
    ),
    "project": (
        "Holds and Stop everything",
        (
            ProjectKind.QUEUE_HELD,
            ProjectKind.HOLD_LIFTED,
            ProjectKind.EVERYTHING_STOPPED,
            ProjectKind.STOP_UNDONE,
        ),
    ),
    "erased": ("Erased", (ProjectKind.VISITOR_ERASED, ProjectKind.OLD_ROWS_ERASED)),
    "notes": ("Notes", (Kind.NOTED,)),
    "edits": ("Created and edited", (Kind.CREATED, Kind.CLONED, Kind.EDITED)),
}

_PLANNED = {Status.RUNNING: "Start", Status.STOPPED: "Stop"}


def sentence(entry: History) -> str:
    """Return what happened; of a change of status, all but the badge at its end."""
    return _SENTENCES[entry.kind](entry)


def of_project(entry: ProjectEntry) -> str:
    """Return what was done to the whole project."""
    return _PROJECT_SENTENCES[entry.kind](entry)


def cause_in_project(entry: ProjectEntry) -> str:
    """Return of what else it was a part; "" where it was done by itself."""
    if entry.cause_entry is None or entry.kind is ProjectKind.STOP_UNDONE:
        return ""
    return _PARTS.get(entry.cause_entry.kind, "")


def cause(entry: History, reader_id: int | None) -> str:
    """Return why a change was made that nobody asked for at that moment; "" for any other."""
    who = named(entry.cause_user, entry.cause_api_key, reader_id)
    by = f"by {who}" if who else DOORS[Door.COMMAND_LINE]
    match entry.cause:
        case _ if entry.kind is not Kind.CHANGED:
            return ""
        case CauseKind.FREED_SLOT if entry.cause_entry:
            return _freed(entry.cause_entry, by)
        case CauseKind.RAISED_LIMIT if entry.detail:
            ended = entry.detail.removesuffix(".")
            return ". ".join(filter(None, (ended, f"It was set {by}", _late(entry))))
        case CauseKind.RAISED_LIMIT | CauseKind.MOVED_PROJECT | CauseKind.HOLD_LIFTED:
            return ". ".join(filter(None, (f"{_CAUSES[entry.cause]} {by}", _late(entry))))
        case CauseKind.REQUEST if entry.cause_project_entry:
            return _PARTS.get(entry.cause_project_entry.kind, "")
        case _:
            return _late(entry)


_CAUSES = {
    CauseKind.RAISED_LIMIT: "The limit was raised",
    CauseKind.MOVED_PROJECT: "The project was moved to another plan",
    CauseKind.HOLD_LIFTED: "The hold of the queue was lifted",
}


_PARTS = {
    ProjectKind.EVERYTHING_STOPPED: "By Stop everything",
    ProjectKind.STOP_UNDONE: "By the Undo of Stop everything",
}


def _late(entry: History) -> str:
    """Return how late a change was carried out that was scheduled, where it was late."""
    due_at = entry.scheduled_for
    if due_at is None or entry.at - due_at <= OVERDUE_AFTER:
        return ""
    return f"{span(entry.at - due_at).capitalize()} late: it was due {by_the_clock(due_at)}"


def _freed(pause: History, by: str) -> str:
    became = BADGES[pause.to_status].word.lower() if pause.to_status else "taken away"
    sentence = f"Its slot was freed: “{pause.experiment.name}” was {became} {by}"
    return f"{sentence}, {DOORS[pause.door]}" if pause.door is Door.SCHEDULE else sentence


def attempts(times: int) -> str:
    """Return how often something was refused in entries that follow each other."""
    return counted(times, "refused attempt")


def _changed(entry: History) -> str:
    if entry.paused:
        return f"Swapped: “{entry.experiment.name}” started, “{entry.paused.name}” paused"
    became = f"{BADGES[entry.from_status].word} →"
    return f"{decided(entry.decision)}: {became}" if entry.decision else became


def is_rise(entry: History) -> bool:
    """Return whether traffic has risen while a run was open: a draft's is edited."""
    fields = [change["field"] for change in entry.changes or ()]
    return fields == ["traffic_allocation"] and entry.from_status is not Status.DRAFT


def _edited(entry: History) -> str:
    if entry.decision:
        return decided(entry.decision)
    if not entry.changes:
        return f"Edited{_because(entry)}"
    return "Traffic raised" if is_rise(entry) else "Edited"


def _refused(entry: History) -> str:
    times = f" {counted(entry.times, 'time')}" if entry.times > 1 else ""
    why = refusal_words.in_history(entry.code, entry.from_status)
    what = asked_for(entry.from_status, entry.to_status, entry.decision)
    return f"{what} refused{times}: {why}"


def _queued(entry: History) -> str:
    return f"In the queue{_because(entry)}" if entry.detail else "Queued"


def _scheduled(entry: History) -> str:
    moment = by_the_clock(entry.scheduled_for or entry.at)
    if entry.cause is CauseKind.LAPSED:
        return f"{_planned(entry)} was due {moment}{_because(entry)}"
    return f"{_planned(entry)} scheduled for {moment}"


_SENTENCES: dict[Kind, Callable[[History], str]] = {
    Kind.CHANGED: _changed,
    Kind.REFUSED: _refused,
    Kind.QUEUED: _queued,
    Kind.UNQUEUED: lambda entry: f"Left the queue{_because(entry)}",
    Kind.SCHEDULED: _scheduled,
    Kind.UNSCHEDULED: lambda entry: f"Scheduled {_planned(entry).lower()} dropped{_because(entry)}",
    Kind.HANDED_OVER: lambda entry: (
        f"{'Scheduled' if entry.scheduled_for else 'Queued'} {_planned(entry).lower()} taken over"
        f"{_because(entry)}"
    ),
    Kind.EDITED: _edited,
    Kind.CREATED: lambda _entry: "Created",
    Kind.NOTED: lambda _entry: "Note",
    Kind.CLONED: lambda entry: entry.detail.removesuffix("."),
}


def _lifted(entry: ProjectEntry) -> str:
    since = f": it was held since {by_the_clock(entry.hold.held_at)}" if entry.hold else ""
    started = entry.counts["experiments"] if entry.counts else 0
    brought = f", {counted(started, 'experiment')} started" if started else ""
    return f"Hold of the queue lifted{since}{brought}"


def _stopped(entry: ProjectEntry) -> str:
    paused = entry.counts["experiments"] if entry.counts else 0
    what = f"{counted(paused, 'experiment')} paused" if paused else "nothing was live"
    unserved = entry.counts.get("unserved", 0) if entry.counts else 0
    what += f", {counted(unserved, 'experiment')} served no more" if unserved else ""
    queue = "the queue held" if entry.hold_id else "the queue was held already"
    return f"Everything stopped: {what}, {queue}"


def _undone(entry: ProjectEntry) -> str:
    live = entry.counts["experiments"] if entry.counts else 0
    served = entry.counts.get("served", 0) if entry.counts else 0
    said = [
        *([f"{counted(live, 'experiment')} live again"] if live or not entry.hold_id else []),
        *([f"{counted(served, 'experiment')} shipped again"] if served else []),
        *(["the hold lifted"] if entry.hold_id else []),
    ]
    pressed = f" of {by_the_clock(entry.cause_entry.at)}" if entry.cause_entry else ""
    return f"Stop everything{pressed} undone: {', '.join(said)}"


def _rows(entry: ProjectEntry) -> str:
    """Return how many rows were erased: never whose."""
    counts = entry.counts or {}
    said = [counted(counts.get(name, 0), noun) for name, noun in _ROWS.items()]
    if ids := counts.get("goal_events", 0):
        said.append(counted(ids, "event id"))
    if kept := counts.get("kept", 0):
        said.append(f"{counted(kept, 'event')} still to be recorded")
    return ", ".join(said)


_ROWS = {"exposures": "exposure", "conversions": "conversion"}
_PROJECT_SENTENCES: dict[ProjectKind, Callable[[ProjectEntry], str]] = {
    ProjectKind.QUEUE_HELD: lambda _entry: "Queue held",
    ProjectKind.HOLD_LIFTED: _lifted,
    ProjectKind.EVERYTHING_STOPPED: _stopped,
    ProjectKind.STOP_UNDONE: _undone,
    ProjectKind.VISITOR_ERASED: lambda entry: f"A visitor erased: {_rows(entry)}",
    ProjectKind.OLD_ROWS_ERASED: lambda entry: f"Old rows of visitors erased: {_rows(entry)}",
}


def _planned(entry: History) -> str:
    """Return what was to happen at a moment: of what changes no status, a rise of traffic."""
    return _PLANNED[entry.to_status] if entry.to_status else "Rise of traffic"


def _because(entry: History) -> str:
    """Return why, behind a colon: a refusal in the pages' words, or the product's own sentence."""
    if entry.code:
        return f": {refusal_words.in_history(entry.code, entry.from_status)}"
    return f": {entry.detail[0].lower()}{entry.detail[1:]}" if entry.detail else ""
