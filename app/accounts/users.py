"""People who sign in."""

import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from app.accounts import passwords
from app.core.database import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.transactions import detached, writing
from app.core.validation import EMAIL_PATTERN, checked_email
from app.models import User, table_of


def create(email: str, password: str, *, is_admin: bool = False) -> User:
    """Create a sign-in. Raises InvalidInput for a bad or taken e-mail or an unfit password."""
    email = checked_email(email)
    password_hash = passwords.hashed(passwords.checked(password, email=email))
    with writing() as session:
        if session.scalar(select(User.id).where(User.email == email)):
            raise InvalidInput(f"{email} signs in here already.", "email")
        user = User(
            email=email,
            password_hash=password_hash,
            is_admin=is_admin,
            session_token=secrets.token_hex(16),
        )
        session.add(user)
        return detached(session, user)


def authenticate(email: str, password: str) -> User | None:
    """Return the user with this e-mail and password, or None; both noes take equally long."""
    known = select(User).where(User.email == email.strip().lower())
    user = db.session.scalar(known) if EMAIL_PATTERN.fullmatch(email.strip()) else None
    right = passwords.matches(user.password_hash if user else None, password)
    return user if right else None


@dataclass(frozen=True)
class Person:
    """A user as a session knows them, detached from the database."""

    id: int
    email: str
    is_admin: bool
    session_token: str


_user = table_of(User).c
_by_session_token = select(_user.id, _user.email, _user.is_admin, _user.session_token).where(
    _user.session_token == bindparam("token")
)


def by_session_token(token: str) -> Person | None:
    """Return the user whose sessions carry this token, or None."""
    row = db.session.execute(_by_session_token, {"token": token}).first()
    return Person(*row) if row else None


def change_password(user_id: int, present: str, new: str) -> User:
    """Set a new password, end all of the user's sessions, and return the user for a new one.

    Raises InvalidInput when `present` is not the password or `new` is unfit, and TooManyRequests
    while others sign in.
    """
    user = db.session.get_one(User, user_id)
    with passwords.place():
        if not passwords.matches(user.password_hash, present):
            raise InvalidInput("This is not your present password.", "present")
        new = passwords.checked(new, "new", email=user.email)
        return _with_new_password(user_id, new, verified=user.password_hash)


def set_password(email: str, password: str) -> User:
    """Give somebody a new password, and end all of their sessions.

    Raises NotFound when nobody signs in with this e-mail, and InvalidInput for an unfit password.
    """
    user_id = db.session.scalar(select(User.id).where(User.email == checked_email(email)))
    if user_id is None:
        raise NotFound("Nobody signs in with this e-mail here.")
    return _with_new_password(user_id, passwords.checked(password, email=email))


def _with_new_password(user_id: int, password: str, verified: str | None = None) -> User:
    """Write a new password, unless the hash that was `verified` has been replaced meanwhile."""
    password_hash = passwords.hashed(password)
    with writing() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if verified not in (None, user.password_hash):
            raise Conflict("Somebody else changed this password at the same moment.")
        user.password_hash = password_hash
        user.session_token = secrets.token_hex(16)
        return detached(session, user)
