"""Word of a lower limit, to the project that it is a limit of."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Actor, AnnouncementKind, CauseKind, Plan, Project
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce


def announce_lowered(
    session: Session, project_id: int, before: int | None, after: int, actor: Actor
) -> None:
    """Announce to a project that its limit is lower than `before`; None was unlimited."""
    kind, cause = AnnouncementKind.PLAN_LOWERED, CauseKind.REQUEST
    statement = (
        select(Plan.code, Plan.name, Project.running_count)
        .join(Project, Project.plan_code == Plan.code)
        .where(Project.id == project_id, is_listened_to(Project.id, kind))
    )
    for code, name, running in session.execute(statement):
        data = {
            "plan": {"code": code, "name": name},
            "limit": after,
            "previous_limit": before,
            "running": running,
        }
        announce(session, Announcement(kind, project_id, data, actor=actor, cause=cause))
