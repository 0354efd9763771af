"""History as a table for spreadsheets."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from app.core import waiting
from app.experiments import history
from app.experiments.history import Entry
from app.experiments.history_places import Filters
from app.models import History, ProjectEntry
from app.pages.common import spreadsheets
from app.web.limits import concurrency
from app.web.request_kinds import Kind

COLUMNS = (
    "at",
    "experiment_id",
    "experiment_key",
    "experiment",
    "kind",
    "from",
    "to",
    "paused_experiment",
    "door",
    "person",
    "api_key",
    "reason",
    "outcome",
    "code",
    "detail",
    "times",
    "scheduled_for",
    "changes",
    "cause",
    "cause_by",
    "entry",
    "cause_entry",
    "held_since",
    "counts",
)


def pieces(project_id: int, filters: Filters) -> Iterator[str]:
    """Return the head, then a row for each entry, newest first; read and given some at a time.

    Raises Busy where there is no room to read on: the file breaks off then.
    """
    yield spreadsheets.written([COLUMNS])
    portions = history.exported(project_id, filters)
    while entries := _read_on(portions):
        yield spreadsheets.written(map(_row, entries))


def _read_on(portions: Iterator[Sequence[Entry]]) -> Sequence[Entry]:
    """Return the next entries. The request has given its place back when it began to answer."""
    with waiting.at_most(waiting.SECONDS_OF_REQUEST), concurrency.room_for(Kind.READING):
        return next(portions, ())


def _row(entry: Entry) -> list[object]:
    own = _of_the_project(entry) if isinstance(entry, ProjectEntry) else _of_one(entry)
    row = _of_any(entry) | own
    return [row.get(column, "") for column in COLUMNS]


def _of_any(entry: Entry) -> dict[str, object]:
    experiment = entry.experiment
    return {
        "at": _moment(entry.at),
        "experiment_id": experiment.public_id if experiment else "",
        "experiment_key": experiment.key if experiment else "",
        "experiment": experiment.name if experiment else "",
        "kind": entry.kind.value,
        "door": entry.door.value,
        "person": entry.user.email if entry.user else "",
        "api_key": entry.api_key.name if entry.api_key else "",
        "reason": entry.reason,
        "cause": entry.cause.value if entry.cause else "",
        "entry": history.reference(entry),
        "cause_entry": history.cause_reference(entry) or "",
    }


def _of_one(entry: History) -> dict[str, object]:
    return {
        "from": entry.from_status.value,
        "to": entry.to_status.value if entry.to_status else "",
        "paused_experiment": entry.paused.name if entry.paused else "",
        "outcome": entry.outcome.value if entry.outcome else "",
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
        "scheduled_for": _moment(entry.scheduled_for),
        "changes": json.dumps(entry.changes, ensure_ascii=False) if entry.changes else "",
        "cause_by": _cause_by(entry),
    }


def _of_the_project(entry: ProjectEntry) -> dict[str, object]:
    return {
        "times": 1,
        "held_since": _moment(entry.hold and entry.hold.held_at),
        "counts": json.dumps(entry.counts) if entry.counts else "",
    }


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _cause_by(entry: History) -> str:
    if entry.cause_user:
        return entry.cause_user.email
    return entry.cause_api_key.name if entry.cause_api_key else ""
