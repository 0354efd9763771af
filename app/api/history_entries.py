"""Entries of history as programs get them."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.api.moments import Written, written
from app.experiments import history
from app.experiments.history import Entry
from app.models import (
    CauseKind,
    Conclusion,
    DecisionKept,
    Door,
    Experiment,
    FieldChange,
    History,
    HistoryKind,
    ProjectEntry,
    ProjectKind,
    Status,
)


class NamedExperiment(TypedDict):
    """An experiment by all its names."""

    id: str
    """Its `exp_` id."""
    test_id: int
    """Its number."""
    key: str
    """Its key."""
    name: str
    """Its name."""


class EntryCause(TypedDict):
    """Why something happened, and who brought that about; `entry` is the one that it followed."""

    kind: CauseKind
    """What brought it about."""
    person: str | None
    """The e-mail of who did; null where no person did."""
    api_key: str | None
    """The name of the key that did; null where none did."""
    entry: str | None
    """The id of the entry that it followed; null where it followed none."""


class _OfTheProject(TypedDict):
    cause: EntryCause | None
    """Why it happened by itself; null where somebody did it."""
    held_since: Written | None
    counts: dict[str, int]


_OwnMembers = TypedDict(
    "_OwnMembers",
    {
        "from": Annotated[Status | None, Field(description="What it was, of a change of status.")],
        "to": Annotated[Status | None, Field(description="What it was to be, or became.")],
        "paused": Annotated[
            NamedExperiment | None, Field(description="What was paused for it, of a swap.")
        ],
    },
)


class _OfOne(_OwnMembers):
    outcome: Conclusion | None
    """How the experiment ended; null where nobody said."""
    code: str
    """Of a refusal: its code."""
    detail: str
    """What else there is to say, in a sentence."""
    times: int
    """How often the same was refused in a row."""
    scheduled_for: Written | None
    """Of a plan: for when."""
    changes: list[FieldChange] | None
    """What was changed from what to what; null where nothing of that kind was."""
    decision: DecisionKept | None
    """What was decided of how the experiment ended; null where nothing was.

    Of a decision that was refused, `after` is as `before`.
    """
    cause: EntryCause | None
    """Why it happened by itself; null where somebody did it."""


class HistoryEntry(_OfOne):
    """An entry of the history: who did what, when, by which door and why."""

    id: str
    """Its id."""
    at: Written
    """When it happened."""
    kind: HistoryKind | ProjectKind
    """What happened."""
    experiment: NamedExperiment | None
    """Null where it is about the whole project."""
    door: Door
    """By which way somebody came."""
    person: str | None
    """The e-mail of who did it; null where no person did."""
    api_key: str | None
    """The name of the key that did it; null where none did."""
    reason: str
    """Why, as it was given."""
    held_since: NotRequired[Written | None]
    """Of the whole project: when the hold of the queue began."""
    counts: NotRequired[dict[str, int]]
    """Of the whole project: how many of what."""


def shown(entry: Entry) -> HistoryEntry:
    """Return an entry as it is sent, with the members that every one has and its own."""
    if isinstance(entry, ProjectEntry):
        return {**_of_any(entry), **_of_the_project(entry)}
    return {**_of_any(entry), **_of_one(entry)}


def _of_any(entry: Entry) -> HistoryEntry:
    """Return the members that every entry has, empty where only some have more to say."""
    return {
        "id": history.reference(entry),
        "at": written(entry.at),
        "kind": entry.filed_as if isinstance(entry, History) else entry.kind,
        "experiment": _named(entry.experiment) if entry.experiment else None,
        "from": None,
        "to": None,
        "paused": None,
        "door": entry.door,
        "person": entry.user.email if entry.user else None,
        "api_key": entry.api_key.name if entry.api_key else None,
        "reason": entry.reason,
        "outcome": None,
        "code": "",
        "detail": "",
        "times": 1,
        "scheduled_for": None,
        "changes": None,
        "decision": None,
        "cause": None,
    }


def _of_one(entry: History) -> _OfOne:
    return {
        "from": entry.from_status,
        "to": entry.to_status,
        "paused": _named(entry.paused) if entry.paused else None,
        "outcome": entry.outcome,
        "decision": entry.decision,
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
        "scheduled_for": written(entry.scheduled_for),
        "changes": entry.changes,
        "cause": _cause(entry),
    }


def _of_the_project(entry: ProjectEntry) -> _OfTheProject:
    return {
        "cause": {
            "kind": entry.cause,
            "person": None,
            "api_key": None,
            "entry": history.cause_reference(entry),
        },
        "held_since": written(entry.hold.held_at) if entry.hold else None,
        "counts": entry.counts or {},
    }


def _cause(entry: History) -> EntryCause | None:
    """Return why it happened, who brought that about, and the entry that it followed."""
    if entry.cause is None:
        return None
    return {
        "kind": entry.cause,
        "person": entry.cause_user.email if entry.cause_user else None,
        "api_key": entry.cause_api_key.name if entry.cause_api_key else None,
        "entry": history.cause_reference(entry),
    }


def _named(experiment: Experiment) -> NamedExperiment:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
    }
