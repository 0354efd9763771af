"""What is overdue: a scheduled change that nobody has carried out, some time after its moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, null, select, union_all
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import Project, ScheduledChange, ScheduledRise, now, table_of

OVERDUE_AFTER = timedelta(minutes=1)
"""How long after its moment a change is overdue."""

_changes, _rises = table_of(ScheduledChange).c, table_of(ScheduledRise).c
_before = bindparam("overdue_before")
_of_both = (
    (_changes, _changes.target, null().label("traffic_allocation")),
    (_rises, null().label("target"), _rises.traffic_allocation),
)
OVERDUE = union_all(
    *(
        select(planned.test_id, planned.project_id, planned.at, target, traffic_allocation).where(
            planned.at < _before
        )
        for planned, target, traffic_allocation in _of_both
    )
).subquery("overdue")
"""What is overdue: a change to `target`, or without one a rise; `values` has its value."""


def values(moment: datetime) -> dict[str, object]:
    """Return the value that statements with `OVERDUE` or `count_in` need at `moment`."""
    return {"overdue_before": moment - OVERDUE_AFTER}


def count_in(project_id: SQLCoreOperations[int]) -> ColumnElement[Any]:
    """Return the column that counts what is overdue in the project of each row."""
    of_each = (
        select(func.count())
        .where(planned.project_id == project_id, planned.at < _before)
        .correlate(table_of(Project))
        .scalar_subquery()
        for planned in (_changes, _rises)
    )
    changes, rises = of_each
    return changes + rises


def is_overdue(at: datetime) -> bool:
    """Return whether something should have happened by now that was to happen at a moment."""
    return at < now() - OVERDUE_AFTER
