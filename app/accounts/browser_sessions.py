"""Browsers in which somebody is signed in: begun, known by their cookie, listed, ended.

A session is its row: once that is gone, no copy of the cookie opens anything.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.accounts.key_access import token_hash
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.models import (
    LONGEST_DEVICE,
    Actor,
    AuditKind,
    BrowserSession,
    Door,
    User,
    now,
    table_of,
)

LAST_USED_PRECISION = timedelta(minutes=1)
MOST_LISTED = 50


@dataclass(frozen=True)
class Lifetimes:
    """How long a session lasts: without being used, and in all."""

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True)
class Begun:
    """A session that has just begun. `token` is nowhere else: the browser has to keep it."""

    user: User
    token: str


@dataclass(frozen=True)
class Person:
    """A user as a session knows them, detached from the database."""

    id: int
    email: str
    is_admin: bool
    session_token: str
    session_id: int
    last_used_at: datetime


class Used(NamedTuple):
    """A session that was used, and whose it is."""

    user_id: int
    session_id: int


_sessions, _users = table_of(BrowserSession), table_of(User)
_session, _user = _sessions.c, _users.c
_is_alive = (_session.created_at > bindparam("begun_after")) & (
    _session.last_used_at > bindparam("used_after")
)
_by_token = (
    select(
        _user.id,
        _user.email,
        _user.is_admin,
        _user.session_token,
        _session.id,
        _session.last_used_at,
    )
    .join_from(_sessions, _users)
    .where(
        _session.token_hash == bindparam("token_hash"),
        # A server of the version before ends sessions by another token of the user alone.
        _user.session_token == bindparam("user_token"),
        _is_alive,
    )
)
_of_user = (
    select(_session.id, _session.device, _session.created_at, _session.last_used_at)
    .where(_session.user_id == bindparam("user"), _is_alive)
    .order_by(_session.last_used_at.desc(), _session.id.desc())
    .limit(MOST_LISTED)
)
_note_use = (
    update(_sessions)
    .where(_session.id == bindparam("used"), _session.last_used_at < bindparam("moment"))
    .values(last_used_at=bindparam("moment"))
)
_note_seen = (
    update(_users)
    .where(
        _user.id == bindparam("seen"),
        or_(_user.last_seen_at.is_(None), _user.last_seen_at < bindparam("moment")),
    )
    .values(last_seen_at=bindparam("moment"))
)


def sign_in(session: Session, user: User, device: str) -> Begun:
    """Begin a session of `user`, who signs in, as `add` does, and enter that."""
    audit.enter(session, Actor(Door.BROWSER, user.id), Deed(AuditKind.SIGNED_IN, user.email))
    return add(session, user, device)


def add(session: Session, user: User, device: str) -> Begun:
    """Begin a session of `user`, as a part of a unit of work.

    `device` is what the browser says of itself.
    """
    token = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(
            token_hash=token_hash(token), user_id=user.id, device=device[:LONGEST_DEVICE]
        )
    )
    session.execute(_note_seen, {"seen": user.id, "moment": now()})
    return Begun(user, token)


def known(token: str, user_token: str, lifetimes: Lifetimes) -> Person | None:
    """Return whose session has this token, None for one that has ended.

    `user_token` is the one that its user had when it began: a new password replaces it.
    """
    values = {"token_hash": token_hash(token), "user_token": user_token}
    row = db.session.execute(_by_token, values | _bounds(lifetimes, now())).first()
    return Person(*row) if row else None


def listed(user_id: int, lifetimes: Lifetimes) -> Sequence[Row[int, str, datetime, datetime]]:
    """Return a user's sessions (id, device, created_at, last_used_at), the last used first.

    At most MOST_LISTED.
    """
    values = {"user": user_id, **_bounds(lifetimes, now())}
    return db.session.execute(_of_user, values).all()


def end(user_id: int, session_id: int) -> bool:
    """End one of a user's sessions; return whether there was such a one."""
    with writing() as session:
        one = delete(BrowserSession).where(BrowserSession.id == session_id)
        of_user = one.where(BrowserSession.user_id == user_id).returning(BrowserSession.device)
        device = session.scalar(of_user)
        if device is not None:
            audit.enter(session, Actor(Door.BROWSER, user_id), Deed(AuditKind.SIGNED_OUT, device))
        return device is not None


def end_others(user_id: int, session_id: int) -> None:
    """End all of a user's sessions but this one."""
    with writing() as session:
        others = delete(BrowserSession).where(BrowserSession.id != session_id)
        session.execute(others.where(BrowserSession.user_id == user_id))
        audit.enter(session, Actor(Door.BROWSER, user_id), Deed(AuditKind.SESSIONS_ENDED))


def end_all(session: Session, user: User) -> None:
    """End all of a user's sessions, as a part of a unit of work; on servers of before, too."""
    session.execute(delete(BrowserSession).where(BrowserSession.user_id == user.id))
    user.session_token = secrets.token_hex(16)


def note_use(used_at: Mapping[Used, datetime]) -> None:
    """Remember when sessions were last used, and their users last seen."""
    # Users in one order, so that of two writers the second waits for the first.
    uses = [
        {"used": used.session_id, "seen": used.user_id, "moment": moment}
        for used, moment in sorted(used_at.items())
    ]
    with writing() as session:
        session.execute(_note_use, uses)
        session.execute(_note_seen, uses)


def forget(moment: datetime, lifetimes: Lifetimes) -> None:
    """Delete what has ended by itself."""
    bounds = _bounds(lifetimes, moment)
    is_over: ColumnElement[bool] = or_(
        BrowserSession.created_at <= bounds["begun_after"],
        BrowserSession.last_used_at <= bounds["used_after"],
    )
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_over))):
        with writing() as session:
            session.execute(delete(BrowserSession).where(is_over))


def _bounds(lifetimes: Lifetimes, moment: datetime) -> dict[str, datetime]:
    return {"begun_after": moment - lifetimes.whole, "used_after": moment - lifetimes.idle}
