"""Who belongs to a project, in which role."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core import project_row
from app.core.database import db
from app.core.errors import InvalidInput, NotFound
from app.core.transactions import writing
from app.core.validation import checked_email
from app.models import Membership, Role, User


def listed(project_id: int) -> Sequence[Membership]:
    """Return the members of a project, by e-mail, each with the user."""
    statement = (
        select(Membership)
        .join(Membership.user)
        .options(joinedload(Membership.user))
        .where(Membership.project_id == project_id)
        .order_by(User.email)
    )
    return db.session.scalars(statement).all()


def put(project_id: int, email: str, role: Role) -> str:
    """Make somebody a member, or change a member's role; gives the e-mail as it is kept.

    Raises InvalidInput when nobody signs in with this e-mail, or when the change would leave a
    project that has an owner without one.
    """
    email = checked_email(email)
    with writing(project_id) as session:
        user_id = session.scalar(select(User.id).where(User.email == email))
        if user_id is None:
            raise InvalidInput(
                "Nobody signs in with this e-mail yet. An operator can create it.",
                "email",
            )
        membership = session.get(Membership, (project_id, user_id))
        if membership is None:
            session.add(Membership(project_id=project_id, user_id=user_id, role=role))
        else:
            _keep_an_owner(session, membership, role)
            membership.role = role
        project_row.bump_version(session, project_id)
    return email


def remove(project_id: int, user_id: int) -> None:
    """End a membership. Raises NotFound, and InvalidInput for the project's last owner."""
    with writing(project_id) as session:
        membership = session.get(Membership, (project_id, user_id))
        if membership is None:
            raise NotFound("Member not found.")
        _keep_an_owner(session, membership, None)
        session.delete(membership)
        project_row.bump_version(session, project_id)


def _keep_an_owner(session: Session, membership: Membership, role: Role | None) -> None:
    if membership.role is not Role.OWNER or role is Role.OWNER:
        return
    owners = session.scalar(
        select(func.count()).where(
            Membership.project_id == membership.project_id, Membership.role == Role.OWNER
        )
    )
    if owners == 1:
        raise InvalidInput("A project keeps at least one owner: make somebody else owner first.")
