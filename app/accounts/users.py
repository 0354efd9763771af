"""People who sign in."""

import secrets
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import browser_sessions, failed_sign_ins, passwords
from app.accounts.browser_sessions import Begun
from app.accounts.failed_sign_ins import Free
from app.core.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from app.core.validation import EMAIL_PATTERN, checked_email
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached, writing
from app.models import Actor, AuditKind, Door, User


def create(email: str, password: str, actor: Actor, *, is_admin: bool = False) -> User:
    """Create a sign-in. Raises InvalidInput for a bad or taken e-mail or an unfit password."""
    email = checked_email(email)
    password_hash = passwords.hashed(passwords.checked(password, email=email))
    with writing() as session:
        return detached(session, add(session, email, password_hash, actor, is_admin=is_admin))


def add(session: Session, email: str, password_hash: str, actor: Actor, *, is_admin: bool) -> User:
    """Add a sign-in, as a part of a unit of work; without a password nobody signs in by it yet.

    Raises AlreadyExists for an e-mail that is taken.
    """
    if session.scalar(select(User.id).where(User.email == email)):
        raise AlreadyExists(f"{email} signs in here already.", "email")
    token = secrets.token_hex(16)
    user = User(email=email, password_hash=password_hash, is_admin=is_admin, session_token=token)
    session.add(user)
    made = Deed(AuditKind.PERSON_CREATED, email, changed(is_admin=(None, is_admin)))
    audit.enter(session, actor, made)
    return user


def known(session: Session, email: str) -> User | None:
    """Return who signs in with what somebody has typed as their e-mail, None for nobody."""
    typed = email.strip()
    if not EMAIL_PATTERN.fullmatch(typed):
        return None
    theirs = select(User).where(User.email == typed.lower(), User.deactivated_at.is_(None))
    return session.scalar(theirs)


def authenticate(email: str, password: str) -> User | None:
    """Return the user with this e-mail and password, or None; both noes take equally long.

    The user is detached from the database.
    """
    user = known(db.session(), email)
    right = passwords.matches(user.password_hash if user else None, password)
    if user is None or not right:
        return None
    db.session.expunge(user)
    return user


def change_password(user_id: int, present: str, new: str, device: str, free: Free) -> Begun:
    """Set a new password, end all of the user's sessions, and return a new one on this `device`.

    Raises InvalidInput when `present` is not the password or `new` is unfit, and TooManyRequests
    after too many that were not, as for a sign-in: a session left open is no way to guess.
    """
    subject = failed_sign_ins.of_password_change(user_id, free)
    failed_sign_ins.require_turn(subject)
    with passwords.place():
        counted = failed_sign_ins.begin(subject)
        user = db.session.get_one(User, user_id)
        verified, email = user.password_hash, user.email
        if not passwords.matches(verified, present):
            _tell_failure(user_id, email)
            raise InvalidInput("This is not your present password.", "present")
        # Whatever is wrong with the new one, this was no guess.
        with writing() as session:
            failed_sign_ins.forgive(session, counted)
        password_hash = _hash_of_another(present, new, email)
    with writing() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        if user.password_hash != verified:
            raise Conflict("Somebody else changed this password at the same moment.")
        replace_password(session, user, password_hash, Actor(Door.BROWSER, user_id))
        begun = browser_sessions.add(session, user, device)
        return replace(begun, user=detached(session, user))


def _tell_failure(user_id: int, email: str) -> None:
    failed = Deed(AuditKind.SIGN_IN_FAILED, email, detail="When they were to change the password.")
    with writing() as session:
        audit.enter(session, Actor(Door.BROWSER, user_id), failed)


def set_password(email: str, password: str, actor: Actor) -> User:
    """Give somebody a new password, and end all of their sessions.

    Raises NotFound when nobody signs in with this e-mail, and InvalidInput for an unfit password.
    """
    user_id = db.session.scalar(select(User.id).where(User.email == checked_email(email)))
    if user_id is None:
        raise NotFound("Nobody signs in with this e-mail here.")
    password_hash = passwords.hashed(passwords.checked(password, email=email))
    with writing() as session:
        user = session.get_one(User, user_id, with_for_update=True)
        replace_password(session, user, password_hash, actor)
        return detached(session, user)


def _hash_of_another(present: str, new: str, email: str) -> str:
    if new == present:
        raise InvalidInput("This is your present password. Take another.", "new")
    return passwords.hashed(passwords.checked(new, "new", email=email))


def replace_password(session: Session, user: User, password_hash: str, actor: Actor) -> None:
    """Give somebody another password and end all of their sessions, as a part of a unit of work."""
    user.password_hash = password_hash
    browser_sessions.end_all(session, user)
    audit.enter(session, actor, Deed(AuditKind.PASSWORD_CHANGED, user.email))
