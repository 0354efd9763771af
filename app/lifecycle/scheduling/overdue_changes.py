"""Scheduled changes that have not happened some time after their moment, announced once each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, cast, exists, func, select

from app.core.moments import iso
from app.core.validation import percents
from app.database.engine import db
from app.database.rows import overdue
from app.database.rows.open_hold import is_held
from app.database.rows.overdue import OVERDUE, OVERDUE_AFTER
from app.database.transactions import writing
from app.models import AnnouncementKind, OutboxEntry
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce

_KIND = AnnouncementKind.OVERDUE

_RISE = "rise"

_what = func.coalesce(cast(OVERDUE.c.target, String), _RISE)
_about = cast(OVERDUE.c.test_id, String).concat(" ").concat(_what)
_is_announced = exists().where(
    OutboxEntry.project_id == OVERDUE.c.project_id,
    OutboxEntry.kind == _KIND,
    OutboxEntry.occurrence.like(_about.concat(" %")),
    OutboxEntry.at > OVERDUE.c.at,
)
_news = (
    select(*OVERDUE.c, is_held(OVERDUE.c.project_id).label("is_held"))
    .where(is_listened_to(OVERDUE.c.project_id, _KIND), ~_is_announced)
    .order_by(OVERDUE.c.at, OVERDUE.c.test_id)
)


def announce_overdue(moment: datetime) -> None:
    """Announce what should have happened a minute before `moment`, and is still to happen."""
    found = db.session.execute(_news, overdue.values(moment)).all()
    if found:
        with writing() as session:
            for row in found:
                announce(session, _announcement(row))


def _announcement(row: Row[*tuple[Any, ...]]) -> Announcement:
    share = row.traffic_allocation
    data = {
        "status": row.target,
        "due_at": iso(row.at),
        "is_queue_held": row.is_held,
        "traffic_allocation": None if share is None else percents(share),
    }
    return Announcement(
        _KIND,
        row.project_id,
        data,
        row.test_id,
        occurrence=f"{row.test_id} {row.target or _RISE} {iso(row.at)}",
        at=row.at + OVERDUE_AFTER,
    )
