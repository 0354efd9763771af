"""What each member of a project, and each admin, chooses to be told, and how."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.engine import db
from app.database.transactions import writing
from app.models import (
    AdminChoice,
    AnnouncementKind,
    How,
    Mail,
    Membership,
    NotificationChoice,
    Role,
    User,
)
from app.notifications.mail import letters
from app.notifications.mail.readers import OF_ADMINS, usual

Choices = Mapping[AnnouncementKind, How]
NOTHING: Choices = dict.fromkeys(AnnouncementKind, How.OFF)
"""The choice to be sent nothing."""
NOTHING_AS_ADMIN: Choices = dict.fromkeys(OF_ADMINS, How.OFF)
"""The choice of an admin to be sent nothing of projects of which they are no member."""


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
    is_theirs = Mail.user_id == user_id
    letters.give_up(session, is_theirs, Mail.project_id == project_id, _is_unwanted(choices))


def of_admin(user_id: int) -> Choices:
    """Return how an admin is told in projects of which they are no member: as chosen, or at once.

    That is of what waits for admins.
    """
    statement = select(AdminChoice.kind, AdminChoice.how).where(AdminChoice.user_id == user_id)
    chosen = {row.kind: row.how for row in db.session.execute(statement)}
    return {kind: chosen.get(kind, How.AT_ONCE) for kind in AnnouncementKind if kind in OF_ADMINS}


def save_of_admin(user_id: int, choices: Choices) -> None:
    """Keep what an admin chooses; what waits of kinds that they no longer want is given up."""
    is_member = exists().where(
        Membership.project_id == Mail.project_id, Membership.user_id == user_id
    )
    with writing() as session:
        # Locked: of two choices at the same moment the later one counts.
        session.get_one(User, user_id, with_for_update={"key_share": True})
        session.execute(delete(AdminChoice).where(AdminChoice.user_id == user_id))
        session.add_all(
            AdminChoice(user_id=user_id, kind=kind, how=how) for kind, how in choices.items()
        )
        letters.give_up(session, Mail.user_id == user_id, ~is_member, _is_unwanted(choices))


def _is_unwanted(choices: Choices) -> ColumnElement[bool]:
    return Mail.kind.in_([kind for kind, how in choices.items() if how is How.OFF])
