"""History as a table for spreadsheets."""

import json
from collections.abc import Iterator

from app.experiments import history
from app.experiments.history import Filters
from app.models import History
from app.pages.common import spreadsheets

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
)


def pieces(project_id: int, filters: Filters) -> Iterator[str]:
    """Return the head, then a row for each entry, newest first; read and given some at a time."""
    yield spreadsheets.written([COLUMNS])
    for entries in history.exported(project_id, filters):
        yield spreadsheets.written(map(_row, entries))


def _row(entry: History) -> tuple[object, ...]:
    return (
        entry.at.isoformat(timespec="seconds"),
        entry.experiment.public_id,
        entry.experiment.key,
        entry.experiment.name,
        entry.kind.value,
        entry.from_status.value,
        entry.to_status.value if entry.to_status else "",
        entry.paused.name if entry.paused else "",
        entry.door.value,
        entry.user.email if entry.user else "",
        entry.api_key.name if entry.api_key else "",
        entry.reason,
        entry.conclusion.value if entry.conclusion else "",
        entry.code,
        entry.detail,
        entry.times,
        entry.scheduled_for.isoformat(timespec="seconds") if entry.scheduled_for else "",
        json.dumps(entry.changes, ensure_ascii=False) if entry.changes else "",
        entry.cause.value if entry.cause else "",
        _cause_by(entry),
    )


def _cause_by(entry: History) -> str:
    if entry.cause_user:
        return entry.cause_user.email
    return entry.cause_api_key.name if entry.cause_api_key else ""
