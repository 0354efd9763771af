"""Deletion of many rows, some at a time: no lock is kept for long."""

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, tuple_
from sqlalchemy.orm import Session

ROWS_AT_ONCE = 1000
SECONDS_AT_A_TIME = 0.3
"""How long a round of the jobs deletes before it goes on with something else."""


def delete_some(
    session: Session, table: Table, condition: ColumnElement[bool], most: int = ROWS_AT_ONCE
) -> int:
    """Delete at most so many rows, the last ones first, and return how many were deleted."""
    keys = list(table.primary_key)
    last = select(*keys).where(condition).order_by(*(key.desc() for key in keys)).limit(most)
    result = session.execute(delete(table).where(tuple_(*keys).in_(last)))
    return cast("CursorResult[Any]", result).rowcount
