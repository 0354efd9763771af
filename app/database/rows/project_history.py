"""Entries of what was done to a whole project, written as parts of a unit of work."""

from collections.abc import Mapping

from sqlalchemy import bindparam, func, insert, select, update

from app.core import current_request
from app.database.rows import project_row
from app.database.unit_of_work import UnitOfWork
from app.models import History, ProjectEntry, ProjectKind, now, table_of

_entries = table_of(ProjectEntry)
_entry, _of_experiments = _entries.c, table_of(History).c

# While the project is locked, nobody else writes into its history.
_newest = (
    select(func.coalesce(func.max(_of_experiments.id), 0))
    .where(_of_experiments.project_id == bindparam("project_id"))
    .scalar_subquery()
)
_add = (
    insert(_entries)
    .values(
        {
            column.name: bindparam(column.name, type_=column.type)
            for column in _entry
            if column.name not in ("id", "after_id")
        }
        | {"after_id": _newest}
    )
    .returning(_entry.id)
)
_complete = (
    update(_entries)
    .where(_entry.id == bindparam("entry"))
    .values(counts=bindparam("new_counts", type_=_entry.counts.type), hold_id=bindparam("new_hold"))
)


def enter(
    work: UnitOfWork,
    kind: ProjectKind,
    counts: Mapping[str, int] | None = None,
    **facts: object,
) -> int:
    """Write an entry of the project, tell its pages, and return the entry's id.

    `facts` are further columns: `reason`, `hold_id`, `test_id`, `cause_entry_id`.
    """
    values = {
        "project_id": work.project_id,
        "kind": kind,
        "door": work.actor.door,
        "at": now(),
        "reason": "",
        "test_id": None,
        "hold_id": None,
        "counts": counts,
        "user_id": work.actor.user_id,
        "api_key_id": work.actor.api_key_id,
        "cause": work.cause.kind,
        "cause_entry_id": work.cause.project_entry_id,
        **current_request.origin(),
        **facts,
    }
    entry_id = work.execute(_add, values).scalar_one()
    project_row.bump_version(work.storage.connection, work.project_id)
    return entry_id


def complete(
    work: UnitOfWork, entry_id: int, counts: Mapping[str, int], hold_id: int | None
) -> None:
    """Say in an entry what has come of it: it was written first, as the cause of that."""
    values = {"entry": entry_id, "new_counts": counts, "new_hold": hold_id}
    work.execute(_complete, values)
