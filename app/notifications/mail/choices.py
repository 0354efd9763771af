"""What each member chooses to be told of a project, and how."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.engine import db
from app.database.transactions import writing
from app.models import AnnouncementKind, How, Mail, Membership, NotificationChoice, Role, User
from app.notifications.mail import letters
from app.notifications.mail.readers import usual

Choices = Mapping[AnnouncementKind, How]
NOTHING: Choices = dict.fromkeys(AnnouncementKind, How.OFF)
"""The choice to be sent nothing."""


def of(user_id: int, project_id: int, role: Role) -> Choices:
    """Return how a member of a role is told of each kind: as they chose, or as usual."""
    statement = select(NotificationChoice.kind, NotificationChoice.how).where(
        NotificationChoice.user_id == user_id, NotificationChoice.project_id == project_id
    )
    chosen = {row.kind: row.how for row in db.session.execute(statement)}
    is_admin = db.session.get_one(User, user_id).is_admin
    return {
        kind: chosen.get(kind) or usual(kind, role, is_admin=is_admin) for kind in AnnouncementKind
    }


def save(user_id: int, project_id: int, choices: Choices) -> None:
    """Keep what a member chooses; what waits of kinds that they no longer want is given up.

    Raises NotFound for who is no member.
    """
    with writing() as session:
        _keep(session, user_id, project_id, choices)


def _keep(session: Session, user_id: int, project_id: int, choices: Choices) -> None:
    # Locked: of two choices at the same moment the later one counts.
    member = session.get(Membership, (project_id, user_id), with_for_update=True)
    if member is None:
        raise NotFound("Project not found.")
    session.execute(
        delete(NotificationChoice).where(
            NotificationChoice.user_id == user_id, NotificationChoice.project_id == project_id
        )
    )
    session.add_all(
        NotificationChoice(project_id=project_id, user_id=user_id, kind=kind, how=how)
        for kind, how in choices.items()
    )
    is_unwanted = Mail.kind.in_([kind for kind, how in choices.items() if how is How.OFF])
    letters.give_up(session, Mail.user_id == user_id, Mail.project_id == project_id, is_unwanted)
