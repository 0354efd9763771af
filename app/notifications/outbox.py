"""The outbox: announcements, written in the unit of work of what they tell of.

So none is lost, and none tells of what did not happen. `handing_on` takes them from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Executable, Integer, bindparam, select
from sqlalchemy.orm import Session

from app.database.batches import INSERTS
from app.models import (
    Actor,
    AnnouncementKind,
    CauseKind,
    OutboxEntry,
    new_message_id,
    now,
    table_of,
)
from app.notifications.listeners import is_listened_to


@dataclass(frozen=True)
class Announcement:
    """What has happened in a project.

    `data` is JSON; `test_id` the experiment that it is about, if it is about one. `actor` and
    `cause` say who brought it about, and why. What is of interest to one person alone is
    `for_user_id`. What nobody brings about has an `occurrence`, and is announced once for each.
    """

    kind: AnnouncementKind
    project_id: int
    data: Mapping[str, object]
    test_id: int | None = None
    actor: Actor | None = None
    cause: CauseKind | None = None
    for_user_id: int | None = None
    occurrence: str | None = None
    at: datetime = field(default_factory=now)


_entries = table_of(OutboxEntry)
_VALUES = {
    column.name: bindparam(f"new_{column.name}", type_=column.type)
    for column in _entries.c
    if column.name not in ("id", "handed_on_at")
}


def _where_heard(dialect: str, kind: AnnouncementKind) -> Executable:
    heard = is_listened_to(bindparam("new_project_id", type_=Integer), kind)
    rows = select(*_VALUES.values()).where(heard)
    return INSERTS[dialect](_entries).from_select(list(_VALUES), rows).on_conflict_do_nothing()


_ADD = {(name, kind): _where_heard(name, kind) for name in INSERTS for kind in AnnouncementKind}


def announce(database: Session | Connection, announcement: Announcement) -> None:
    """Write an announcement, as a part of a unit of work, where anybody wants to be told.

    One whose `occurrence` was announced before is not written again.
    """
    connection = _connection(database)
    values = {f"new_{name}": value for name, value in _row(announcement).items()}
    connection.execute(_ADD[connection.dialect.name, announcement.kind], values)


def _connection(database: Session | Connection) -> Connection:
    if isinstance(database, Connection):
        return database
    # What is named may have been made just now.
    database.flush()
    return database.connection()


def _row(announcement: Announcement) -> dict[str, object]:
    actor = announcement.actor
    return {
        "message_id": new_message_id(),
        "kind": announcement.kind,
        "at": announcement.at,
        "project_id": announcement.project_id,
        "test_id": announcement.test_id,
        "door": actor and actor.door,
        "cause": announcement.cause,
        "for_user_id": announcement.for_user_id,
        "data": dict(announcement.data),
        "occurrence": announcement.occurrence,
        "user_id": actor and actor.user_id,
        "api_key_id": actor and actor.api_key_id,
    }
