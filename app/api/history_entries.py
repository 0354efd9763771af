"""Entries of history as programs get them."""

from typing import NotRequired

from typing_extensions import TypedDict

from app.api.moments import Written, written
from app.experiments import history
from app.experiments.history import Entry
from app.models import (
    CauseKind,
    Conclusion,
    Door,
    Experiment,
    FieldChange,
    History,
    Kind,
    ProjectEntry,
    ProjectKind,
    Status,
)


class NamedExperiment(TypedDict):
    """An experiment by all its names."""

    id: str
    test_id: int
    key: str
    name: str


class EntryCause(TypedDict):
    """Why something happened, and who brought that about; `entry` is the one that it followed."""

    kind: CauseKind
    person: str | None
    api_key: str | None
    entry: str | None


class _OfTheProject(TypedDict):
    cause: EntryCause | None
    held_since: Written | None
    counts: dict[str, int]


_OwnMembers = TypedDict(
    "_OwnMembers", {"from": Status | None, "to": Status | None, "paused": NamedExperiment | None}
)


class _OfOne(_OwnMembers):
    outcome: Conclusion | None
    code: str
    detail: str
    times: int
    scheduled_for: Written | None
    changes: list[FieldChange] | None
    cause: EntryCause | None


class HistoryEntry(_OfOne):
    """An entry of the history: who did what, when, by which door and why."""

    id: str
    at: Written
    kind: Kind | ProjectKind
    experiment: NamedExperiment | None
    """Null where it is about the whole project."""
    door: Door
    person: str | None
    api_key: str | None
    reason: str
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
        "kind": entry.kind,
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
        "cause": None,
    }


def _of_one(entry: History) -> _OfOne:
    return {
        "from": entry.from_status,
        "to": entry.to_status,
        "paused": _named(entry.paused) if entry.paused else None,
        "outcome": entry.conclusion,
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
