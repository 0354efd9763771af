"""The open hold of a project's queue: whether there is one, and what there is to say of it.

The condition for that stands here alone. Holds are placed and lifted in `lifecycle`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import ApiKey, Project, QueueHold, User, table_of


@dataclass(frozen=True)
class Hold:
    """Since when neither the queue nor a schedule starts anything, who placed the hold, and why.

    Neither an `email` nor an `api_key`, which is a key's name, is the command line.
    """

    id: int
    since: datetime
    user_id: int | None
    email: str | None
    api_key: str | None
    reason: str


_holds, _users, _api_keys = table_of(QueueHold), table_of(User), table_of(ApiKey)
_hold, _project_id = _holds.c, table_of(Project).c.id

_is_open = _hold.lifted_at.is_(None)
COLUMNS = (_hold.id, _hold.held_at, _hold.user_id, _users.c.email, _api_keys.c.name, _hold.reason)


def is_held(project_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Return the condition that the queue of a project is held."""
    return exists().where(_hold.project_id == project_id, _is_open)


def joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a statement about projects with `COLUMNS` besides, empty where none is held."""
    return (
        statement.add_columns(*COLUMNS)
        .outerjoin(_holds, (_hold.project_id == _project_id) & _is_open)
        .outerjoin(_users, _users.c.id == _hold.user_id)
        .outerjoin(_api_keys, _api_keys.c.id == _hold.api_key_id)
    )


def of(row: Sequence[Any]) -> Hold | None:
    """Return the hold that a row with `COLUMNS` at its end describes; None where there is none."""
    columns = row[-len(COLUMNS) :]
    return None if columns[0] is None else Hold(*columns)
