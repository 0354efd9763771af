"""Entries of history as programs get them."""

from app.api.moments import written
from app.experiments import history
from app.experiments.history import Entry
from app.models import Experiment, History, ProjectEntry


def shown(entry: Entry) -> dict[str, object]:
    """Return an entry as it is sent, with the members that every one has and its own."""
    own = _of_the_project(entry) if isinstance(entry, ProjectEntry) else _of_one(entry)
    return _of_any(entry) | own


def _of_any(entry: Entry) -> dict[str, object]:
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


def _of_one(entry: History) -> dict[str, object]:
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


def _of_the_project(entry: ProjectEntry) -> dict[str, object]:
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


def _cause(entry: History) -> dict[str, object] | None:
    """Return why it happened, who brought that about, and the entry that it followed."""
    if entry.cause is None:
        return None
    return {
        "kind": entry.cause,
        "person": entry.cause_user.email if entry.cause_user else None,
        "api_key": entry.cause_api_key.name if entry.cause_api_key else None,
        "entry": history.cause_reference(entry),
    }


def _named(experiment: Experiment) -> dict[str, object]:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
    }
