"""Links by which somebody chooses a password: once, and within two days.

An admin makes one, for whoever signs in for the first time or has lost a password, and gives it to
them. It opens nothing by itself, and a new one ends the one before.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.accounts import browser_sessions, passwords, users
from app.accounts.browser_sessions import Begun
from app.accounts.key_access import token_hash
from app.accounts.rights import require_admin
from app.core.errors import InvalidInput, NotFound
from app.core.validation import checked_email
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import detached, writing
from app.models import Actor, AuditKind, Door, PasswordLink, User, now

LIFETIME = timedelta(days=2)
# Whatever somebody types, it is not the password of this.
NO_PASSWORD = passwords.NOBODYS_HASH


@dataclass(frozen=True)
class Made:
    """A new link. `token` is nowhere else: whoever asked for it has to give it to them.

    `made_by` is their e-mail, empty for the command line.
    """

    email: str
    token: str
    expires_at: datetime
    made_by: str


def invite(email: str, actor: Actor, *, is_admin: bool = False) -> Made:
    """Add somebody who has no password yet, with a link to choose one.

    Raises InvalidInput for a bad or taken e-mail, and Forbidden for who is no admin.
    """
    email = checked_email(email)
    with writing() as session:
        require_admin(session, actor)
        user = users.add(session, email, NO_PASSWORD, actor, is_admin=is_admin)
        return _make(session, user, actor)


def make(user_id: int, actor: Actor) -> Made:
    """Make a link for somebody to choose another password; the one that they have still works.

    Raises NotFound for nobody, and for who is deactivated, and Forbidden for who is no admin.
    """
    with writing() as session:
        require_admin(session, actor)
        return _make(session, active(session.get(User, user_id)), actor)


def active(user: User | None) -> User:
    """Return somebody who signs in here. Raises NotFound for nobody, and for who is deactivated."""
    if user is None:
        raise NotFound("Nobody signs in with this number.")
    if user.deactivated_at is not None:
        raise NotFound(f"{user.email} is deactivated: reactivate them first.")
    return user


def _make(session: Session, user: User, actor: Actor) -> Made:
    token, moment = secrets.token_urlsafe(32), now()
    session.flush()
    end(session, user.id)
    link = PasswordLink(user_id=user.id, token_hash=token_hash(token), expires_at=moment + LIFETIME)
    session.add(link)
    audit.enter(session, actor, Deed(AuditKind.PASSWORD_LINK_MADE, user.email))
    maker = session.get(User, actor.user_id) if actor.user_id else None
    return Made(user.email, token, link.expires_at, maker.email if maker else "")


def end(session: Session, user_id: int) -> None:
    """End the link of somebody, if there is one, as a part of a unit of work."""
    session.execute(delete(PasswordLink).where(PasswordLink.user_id == user_id))


def email_of(token: str) -> str:
    """Return who is to choose a password by a link. Raises InvalidInput for one that has ended."""
    return _found(db.session(), _of(token)).email


def use(token: str, password: str, device: str) -> Begun:
    """Take a password that is chosen by a link, and return a session on this `device`.

    All other sessions end, and the link does. Raises InvalidInput for one that has ended, and for
    an unfit password.
    """
    email = email_of(token)
    password_hash = passwords.hashed(passwords.checked(password, "new", email=email))
    with writing() as session:
        # Both rows are locked: nobody else uses it, or deactivates them, at the same moment.
        user = _found(session, _of(token).with_for_update(key_share=True))
        end(session, user.id)
        users.replace_password(session, user, password_hash, Actor(Door.BROWSER, user.id))
        begun = browser_sessions.sign_in(session, user, device)
        return replace(begun, user=detached(session, user))


def _of(token: str) -> Select[User]:
    return (
        select(User)
        .join(PasswordLink, PasswordLink.user_id == User.id)
        .where(
            PasswordLink.token_hash == token_hash(token),
            PasswordLink.expires_at > now(),
            User.deactivated_at.is_(None),
        )
    )


def _found(session: Session, statement: Select[User]) -> User:
    user = session.scalar(statement)
    if user is None:
        raise InvalidInput("This link has ended: ask an admin for another.")
    return user
