"""The members of a project and their roles."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import InvalidInput, NotFound
from app.core.validation import checked_email
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.unit_of_work import UnitOfWork
from app.models import AuditKind, Membership, Project, Role, User


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


def is_open_to(user_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition that somebody is a member of a project that is not retired.

    For a statement that reads projects joined with memberships.
    """
    return (Membership.user_id == user_id) & Project.retired_at.is_(None)


def role_of(project_id: int, email: str) -> Role | None:
    """Return the role that somebody has in a project, None for none. Raises InvalidInput."""
    statement = (
        select(Membership.role)
        .join(Membership.user)
        .where(Membership.project_id == project_id, User.email == checked_email(email))
    )
    return db.session.scalar(statement)


def user_id_of(project_id: int, email: str) -> int:
    """Return the id of the member with this e-mail. Raises NotFound where none has it."""
    statement = (
        select(Membership.user_id)
        .join(Membership.user)
        .where(Membership.project_id == project_id, User.email == email)
    )
    found = db.session.scalar(statement)
    if found is None:
        raise _missing()
    return found


def known(email: str) -> User:
    """Return who signs in with this e-mail. Raises InvalidInput where nobody does."""
    return _known(db.session(), email)


def put(work: UnitOfWork, email: str, role: Role) -> Membership:
    """Make somebody a member, or change a member's role; return the membership, with the user.

    A part of a unit of work, which sees to what a new viewer has planned. Raises InvalidInput when
    nobody signs in with this e-mail, or when the change would leave a project that has an owner
    without one.
    """
    session, project_id = work.session, work.project_id
    user = _known(session, email)
    membership = session.get(Membership, (project_id, user.id))
    if membership is None:
        membership = Membership(project_id=project_id, user_id=user.id, role=role)
        session.add(membership)
        session.flush()
        # Whoever deactivates them at the same moment is through by now.
        session.refresh(user)
        _require_active(user)
        changes = changed(role=(None, role))
        audit.enter_of(work, Deed(AuditKind.MEMBER_ADDED, user.email, changes))
    elif membership.role is not role:
        _keep_an_owner(session, membership, role)
        changes = changed(role=(membership.role, role))
        membership.role = role
        audit.enter_of(work, Deed(AuditKind.ROLE_CHANGED, user.email, changes))
    membership.user = user
    project_row.bump_version(session, project_id)
    return membership


def remove(work: UnitOfWork, user_id: int) -> str:
    """End a membership, and return whose e-mail it was.

    A part of a unit of work, which sees to what they have planned. Raises NotFound, and
    InvalidInput for the project's last owner.
    """
    session, project_id = work.session, work.project_id
    membership = session.get(Membership, (project_id, user_id))
    if membership is None:
        raise _missing()
    _keep_an_owner(session, membership, None)
    session.delete(membership)
    email = session.get_one(User, user_id).email
    changes = changed(role=(membership.role, None))
    audit.enter_of(work, Deed(AuditKind.MEMBER_REMOVED, email, changes))
    project_row.bump_version(session, project_id)
    return email


def _missing() -> NotFound:
    return NotFound("Member not found.")


def _known(session: Session, email: str) -> User:
    user = session.scalar(select(User).where(User.email == checked_email(email)))
    if user is None:
        raise InvalidInput(
            "Nobody signs in with this e-mail yet: an admin can invite them.", "email"
        )
    _require_active(user)
    return user


def _require_active(user: User) -> None:
    if user.deactivated_at is not None:
        raise InvalidInput("This person is deactivated: an admin can reactivate them.", "email")


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
