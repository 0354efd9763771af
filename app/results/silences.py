"""Live experiments that nobody visits any more: since a day, and announced once each time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, exists, func, select

from app.core.moments import iso
from app.database.engine import db
from app.database.transactions import writing
from app.models import (
    AnnouncementKind,
    DailyVisitors,
    Experiment,
    OutboxEntry,
    Project,
    Run,
    Status,
    live_since,
)
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce

SILENT_AFTER = timedelta(days=1)
_KIND = AnnouncementKind.NO_VISITORS_FOR_A_DAY

last_visitor_at = (
    select(DailyVisitors.last_at)
    .join(Run, Run.id == DailyVisitors.run_id)
    .where(Run.test_id == Experiment.test_id, Run.is_current)
    .order_by(DailyVisitors.day.desc(), DailyVisitors.last_at.desc())
    .limit(1)
    .correlate(Experiment)
    .scalar_subquery()
)
"""When the last visitor of a live experiment came, none where nobody has come."""
silent_from = case((last_visitor_at > live_since, last_visitor_at), else_=live_since)
"""Since when nobody has come to a live experiment."""
is_silent = and_(
    live_since <= bindparam("silent_since"),
    func.coalesce(last_visitor_at, live_since) <= bindparam("silent_since"),
)
"""Whether no visitor has come since a moment at which it was live already."""
_is_announced = exists().where(
    OutboxEntry.project_id == Experiment.project_id,
    OutboxEntry.kind == _KIND,
    OutboxEntry.occurrence.is_not(None),
    OutboxEntry.test_id == Experiment.test_id,
    OutboxEntry.at > silent_from,
)
_news = (
    select(
        Experiment.test_id,
        Experiment.project_id,
        silent_from.label("silent_from"),
        last_visitor_at.label("last_visitor_at"),
    )
    .join(Project, Project.id == Experiment.project_id)
    .where(
        Project.running_count > 0,
        is_listened_to(Project.id, _KIND),
        Experiment.status == Status.RUNNING,
        is_silent,
        ~_is_announced,
    )
    .order_by(Experiment.test_id)
)


def announce_silences(moment: datetime) -> None:
    """Announce what is live and has had no visitor for a day at `moment`; each silence once."""
    silent = db.session.execute(_news, {"silent_since": moment - SILENT_AFTER}).all()
    if silent:
        with writing() as session:
            for row in silent:
                announce(session, _announcement(row))


def _announcement(row: Row[*tuple[Any, ...]]) -> Announcement:
    last = row.last_visitor_at
    data = {"silent_since": iso(row.silent_from), "last_visitor_at": last and iso(last)}
    return Announcement(
        _KIND,
        row.project_id,
        data,
        row.test_id,
        occurrence=f"{row.test_id} {iso(row.silent_from)}",
        at=row.silent_from + SILENT_AFTER,
    )
