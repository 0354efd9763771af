"""What is overdue: a scheduled change that nobody has carried out, some time after its moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import Project, ScheduledChange, now, table_of

OVERDUE_AFTER = timedelta(minutes=1)
"""How long after its moment a change is overdue."""

_scheduled = table_of(ScheduledChange).c
IS_OVERDUE = _scheduled.at < bindparam("overdue_before")
"""The condition of a scheduled change that it is overdue; `values` has its value."""


def values(moment: datetime) -> dict[str, object]:
    """Return the value that statements with `IS_OVERDUE` or `count_in` need at `moment`."""
    return {"overdue_before": moment - OVERDUE_AFTER}


def count_in(project_id: SQLCoreOperations[int]) -> ColumnElement[Any]:
    """Return the column that counts what is overdue in the project of each row."""
    counted = select(func.count()).where(_scheduled.project_id == project_id, IS_OVERDUE)
    return counted.correlate(table_of(Project)).scalar_subquery()


def is_overdue(at: datetime) -> bool:
    """Return whether something should have happened by now that was to happen at a moment."""
    return at < now() - OVERDUE_AFTER
