"""Word that the jobs were away: told by them, when they are back.

Nobody but they can send anything, so nobody is told meanwhile: for that, a monitor asks /readyz.
"""

from datetime import datetime

from sqlalchemy import select

from app.core.moments import iso
from app.database.transactions import writing
from app.models import AnnouncementKind, Project
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce


def announce_return(since: datetime, until: datetime) -> None:
    """Announce to every project with a listener that nothing happened by itself for a time."""
    data = {"away_since": iso(since), "back_at": iso(until)}
    kind = AnnouncementKind.JOBS_AWAY
    listening = select(Project.id).where(is_listened_to(Project.id, kind)).order_by(Project.id)
    with writing() as session:
        for project_id in session.scalars(listening).all():
            announce(session, Announcement(kind, project_id, data, at=until))
