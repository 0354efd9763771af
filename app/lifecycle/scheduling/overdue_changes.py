"""Scheduled changes that have not happened some time after their moment, announced once each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, cast, exists, select

from app.core.moments import iso
from app.database import overdue
from app.database.engine import db
from app.database.open_hold import is_held
from app.database.overdue import OVERDUE_AFTER
from app.database.transactions import writing
from app.models import AnnouncementKind, OutboxEntry, ScheduledChange, stops_first
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce

_KIND = AnnouncementKind.OVERDUE

_about = cast(ScheduledChange.test_id, String).concat(" ").concat(ScheduledChange.target)
_is_announced = exists().where(
    OutboxEntry.project_id == ScheduledChange.project_id,
    OutboxEntry.kind == _KIND,
    OutboxEntry.occurrence.like(_about.concat(" %")),
    OutboxEntry.at > ScheduledChange.at,
)
_news = (
    select(
        ScheduledChange.test_id,
        ScheduledChange.project_id,
        ScheduledChange.target,
        ScheduledChange.at,
        is_held(ScheduledChange.project_id).label("is_held"),
    )
    .where(overdue.IS_OVERDUE, is_listened_to(ScheduledChange.project_id, _KIND), ~_is_announced)
    .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
)


def announce_overdue(moment: datetime) -> None:
    """Announce what should have happened a minute before `moment`, and is still to happen."""
    found = db.session.execute(_news, overdue.values(moment)).all()
    if found:
        with writing() as session:
            for row in found:
                announce(session, _announcement(row))


def _announcement(row: Row[*tuple[Any, ...]]) -> Announcement:
    data = {"status": row.target, "due_at": iso(row.at), "is_queue_held": row.is_held}
    return Announcement(
        _KIND,
        row.project_id,
        data,
        row.test_id,
        occurrence=f"{row.test_id} {row.target} {iso(row.at)}",
        at=row.at + OVERDUE_AFTER,
    )
