"""Entries of the audit trail, written as parts of a unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, String, bindparam, func, insert, literal, select
from sqlalchemy.orm import Session

from app.core import current_request
from app.database.unit_of_work import UnitOfWork
from app.models import (
    LONGEST_NOTE,
    LONGEST_SUBJECT,
    Actor,
    ApiKey,
    AuditEntry,
    AuditKind,
    CauseKind,
    FieldChange,
    Project,
    User,
    now,
    table_of,
)

_entries, _entry = table_of(AuditEntry), table_of(AuditEntry).c
_user, _key, _project = table_of(User).c, table_of(ApiKey).c, table_of(Project).c
_author = func.coalesce(
    select(_user.email).where(_user.id == bindparam("user_id")).scalar_subquery(),
    select(_key.name).where(_key.id == bindparam("api_key_id")).scalar_subquery(),
    literal("", String),
)
_project_name = func.coalesce(
    select(_project.name).where(_project.id == bindparam("project_id")).scalar_subquery(),
    literal("", String),
)
_add = insert(_entries).values(
    {
        column.name: bindparam(column.name, type_=column.type)
        for column in _entry
        if column.name not in ("id", "author", "project_name")
    }
    | {"author": _author, "project_name": _project_name}
)


@dataclass(frozen=True)
class Deed:
    """What somebody has done, or was refused: its kind, what it was done to, and its details.

    `changes` say from what to what, field by field; `reason` is the person's, `detail` ours.
    """

    kind: AuditKind
    subject: str = ""
    changes: Sequence[FieldChange] = ()
    detail: str = ""
    reason: str = ""


def enter(
    database: Session | Connection, actor: Actor, deed: Deed, project_id: int | None = None
) -> None:
    """Write what somebody has done, as a part of a unit of work."""
    values = {
        "at": now(),
        "kind": deed.kind,
        "door": actor.door,
        "user_id": actor.user_id,
        "api_key_id": actor.api_key_id,
        "project_id": project_id,
        "subject": deed.subject[:LONGEST_SUBJECT],
        "detail": deed.detail[:LONGEST_NOTE],
        "reason": deed.reason,
        "changes": list(deed.changes) or None,
        "cause": CauseKind.REQUEST,
        **current_request.origin(),
    }
    if isinstance(database, Session):
        # What it names may have been made just now.
        database.flush()
    database.execute(_add, values)


def enter_of(work: UnitOfWork, deed: Deed) -> None:
    """Write what the actor of a unit of work has done in its project."""
    enter(work.session, work.actor, deed, work.project_id)


def changed(**fields: tuple[Any, Any]) -> list[FieldChange]:
    """Return the changes of an entry: of each field, as it was and as it is, those that differ."""
    return [
        FieldChange(field=field, before=before, after=after)
        for field, (before, after) in fields.items()
        if before != after
    ]
