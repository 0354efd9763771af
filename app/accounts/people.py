"""The people who sign in here, for admins: found, listed, and made admins or not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.password_links import NO_PASSWORD, active
from app.accounts.rights import require_admin
from app.core.errors import InvalidInput, NotFound
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.models import Actor, AuditKind, Membership, Project, Role, User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Listed:
    """Somebody in the list, and when they were last seen in a browser."""

    id: int
    email: str
    is_admin: bool
    has_password: bool
    deactivated_at: datetime | None
    last_seen_at: datetime | None


@dataclass(frozen=True)
class Page:
    """Some people by e-mail, and the e-mail that the next page begins behind, None on the last."""

    people: Sequence[Listed]
    next_after: str | None


def listed(q: str = "", after: str = "", limit: int = PAGE_SIZE) -> Page:
    """Return a page of people, of those with `q` in their e-mail."""
    statement = _people().where(User.email > after).order_by(User.email).limit(limit + 1)
    if q:
        statement = statement.where(User.email.icontains(q, autoescape=True))
    found = [Listed(*row) for row in db.session.execute(statement)]
    return Page(found[:limit], found[limit - 1].email if len(found) > limit else None)


def one(user_id: int) -> Listed:
    """Return somebody as the list has them. Raises NotFound."""
    row = db.session.execute(_people().where(User.id == user_id)).first()
    if row is None:
        raise NotFound("Nobody signs in with this number.")
    return Listed(*row)


def by_email(email: str) -> Listed:
    """Return who signs in, or once did, with this e-mail. Raises NotFound."""
    row = db.session.execute(_people().where(User.email == email.strip().lower())).first()
    if row is None:
        raise NotFound("Nobody signs in with this e-mail here.")
    return Listed(*row)


def memberships(user_id: int) -> Sequence[tuple[Project, Role]]:
    """Return somebody's projects by name, retired ones too, with their roles.

    Nothing is left to anybody of one that is being erased.
    """
    return memberships_of([user_id])[user_id]


def memberships_of(user_ids: Collection[int]) -> Mapping[int, Sequence[tuple[Project, Role]]]:
    """Return what `memberships` returns, for each of some people."""
    statement = (
        select(Membership.user_id, Project, Membership.role)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id.in_(user_ids), Project.unit_salt != "")
        .order_by(Project.sort_name, Project.id)
    )
    found: dict[int, list[tuple[Project, Role]]] = {each: [] for each in user_ids}
    for user_id, project, role in db.session.execute(statement):
        found[user_id].append((project, role))
    return found


def set_admin(user_id: int, actor: Actor, *, is_admin: bool) -> str:
    """Make somebody an admin, or none any more; return their e-mail. Again changes nothing.

    Raises NotFound, Forbidden for who is no admin, and InvalidInput for the last one.
    """
    with writing() as session:
        user = judged_by_admin(session, user_id, actor)
        if user.is_admin is not is_admin:
            keep_an_admin(session, user)
            user.is_admin = is_admin
            kind = AuditKind.ADMIN_MADE if is_admin else AuditKind.ADMIN_UNMADE
            audit.enter(session, actor, Deed(kind, user.email))
        return user.email


def judged_by_admin(session: Session, user_id: int, actor: Actor) -> User:
    """Return who signs in here, for an admin who changes what they are; part of a unit of work.

    Admins are locked before anybody is read, so that such changes come one after another: two of
    them do not go at the same moment, nor does one who has gone decide. Raises NotFound, and
    Forbidden for who is no admin.
    """
    session.execute(_admins.order_by(User.id).with_for_update(key_share=True))
    require_admin(session, actor)
    user = session.get(User, user_id)
    return active(user)


def keep_an_admin(session: Session, user: User) -> None:
    """Raise InvalidInput where somebody is the last admin, as a part of a unit of work."""
    if user.is_admin and session.scalars(_admins).all() == [user.id]:
        raise InvalidInput("There is always an admin: make somebody else one first.")


_admins = select(User.id).where(User.is_admin, User.deactivated_at.is_(None))


def _people() -> Select[int, str, bool, bool, datetime | None, datetime | None]:
    return select(
        User.id,
        User.email,
        User.is_admin,
        (User.password_hash != NO_PASSWORD).label("has_password"),
        User.deactivated_at,
        User.last_seen_at,
    )
