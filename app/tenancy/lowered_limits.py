"""Word of lower limits, to the projects that they are limits of."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Actor, AnnouncementKind, CauseKind, Plan, Project
from app.notifications.listeners import is_listened_to
from app.notifications.outbox import Announcement, announce


def announce_lowered(
    session: Session, lowered: Mapping[int, tuple[int | None, int | None]], actor: Actor
) -> None:
    """Announce to projects, by their ids, that their limit is lower, from what to what.

    None was unlimited. It asks once which of them anybody listens in.
    """
    kind, cause = AnnouncementKind.PLAN_LOWERED, CauseKind.REQUEST
    statement = (
        select(Project.id, Plan.code, Plan.name, Project.running_count)
        .join(Project, Project.plan_code == Plan.code)
        .where(Project.id.in_(lowered), is_listened_to(Project.id, kind))
        .order_by(Project.id)
    )
    for project_id, code, name, running in session.execute(statement).all():
        before, after = lowered[project_id]
        data = {
            "plan": {"code": code, "name": name},
            "limit": after,
            "previous_limit": before,
            "running": running,
        }
        announce(session, Announcement(kind, project_id, data, actor=actor, cause=cause))
