"""Wrong passwords, counted in the database: after some of them each further try has to wait.

It waits for a second at first, then twice as long each time, for a minute at most: nobody is locked
out, and nobody guesses many passwords. A failure is forgotten every five minutes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core import addresses
from app.core.errors import TooManyRequests
from app.database.engine import db
from app.database.transactions import writing
from app.models import FailedSignIns, now, table_of

LONGEST_WAIT = 60
# With so many beyond those that are free the wait is the longest.
MOST_COUNTED = 6
ONE_FORGOTTEN_EVERY = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Subject:
    """Whose failures are counted together. `free` of them bring no wait.

    A sign-in that succeeds forgives the failures before it, unless the subject `is_shared` with
    strangers, whose failures they may be.
    """

    name: str
    free: int
    is_shared: bool = False


@dataclass(frozen=True)
class Free:
    """How many failures bring no wait: of an account, and from a network."""

    of_account: int
    from_network: int


@dataclass(frozen=True)
class Counted:
    """A try that counts as failed: when it was, and how often and when others had failed before."""

    subjects: tuple[Subject, ...]
    moment: datetime
    before: Mapping[str, tuple[int, datetime]]


def of_account(email: str, free: Free) -> Subject:
    """Return the subject of an e-mail, whether anybody signs in with it or not."""
    return Subject(f"account:{account_digest(email)}", free.of_account)


def of_device(device: str, email: str, free: Free) -> Subject:
    """Return the subject of a device that has signed in with this e-mail before."""
    digest = hashlib.sha256(f"{device} {account_digest(email)}".encode()).hexdigest()
    return Subject(f"device:{digest}", free.of_account)


def of_network(address: str, free: Free) -> Subject:
    """Return the subject of an address; all of an IPv6 network of 64 bits are one caller's."""
    network = addresses.network(address) or "unknown"
    return Subject(f"network:{network}", free.from_network, is_shared=True)


def of_password_change(user_id: int, free: Free) -> Subject:
    """Return the subject of somebody who is asked for the password that they have."""
    return Subject(f"password:{user_id}", free.of_account)


def account_digest(email: str) -> str:
    """Return what stands for an e-mail, however it is written."""
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()


def require_turn(*subjects: Subject) -> None:
    """Raise TooManyRequests for a try that comes too early, which takes up nobody's turn."""
    _require_turn(subjects, db.session.scalars(_counted(subjects)).all(), now())


def begin(*subjects: Subject) -> Counted:
    """Count a try as failed before it is looked at, so that many at once count as many.

    Raises TooManyRequests for one that comes too early, which is not counted.
    """
    with writing() as session:
        moment = now()
        found = session.scalars(_counted(subjects).with_for_update()).all()
        _require_turn(subjects, found, moment)
        by_name = {row.subject: row for row in found}
        before = {row.subject: (row.failures, row.last_at) for row in found}
        for subject in sorted(subjects):
            row = by_name.get(subject.name)
            if row is None:
                session.execute(_first(session, subject, moment))
            else:
                row.failures = min(_present(row, moment) + 1, subject.free + MOST_COUNTED)
                row.last_at = moment
    return Counted(subjects, moment, before)


def forgive(session: Session, counted: Counted) -> None:
    """Take back what `begin` has counted of a try that was right, as a part of a unit of work."""
    for subject in sorted(counted.subjects):
        if subject.is_shared:
            _take_back(session, subject, counted)
        else:
            session.execute(delete(FailedSignIns).where(FailedSignIns.subject == subject.name))


def _take_back(session: Session, subject: Subject, counted: Counted) -> None:
    """Leave what strangers have failed as if the try had not been."""
    row = session.scalar(_counted([subject]).with_for_update())
    if row is None:
        return
    if row.last_at == counted.moment and subject.name in counted.before:
        row.failures, row.last_at = counted.before[subject.name]
    elif row.failures > 1:
        row.failures -= 1
    else:
        session.delete(row)


def forget(moment: datetime) -> None:
    """Delete what was counted more than a day before `moment`."""
    is_old = FailedSignIns.last_at < moment - KEPT_FOR
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_old))):
        with writing() as session:
            session.execute(delete(FailedSignIns).where(is_old))


def _counted(subjects: Sequence[Subject]) -> Select[FailedSignIns]:
    names = [subject.name for subject in subjects]
    return (
        select(FailedSignIns)
        .where(FailedSignIns.subject.in_(names))
        .order_by(FailedSignIns.subject)
        .execution_options(populate_existing=True)
    )


def _require_turn(
    subjects: Sequence[Subject], found: Sequence[FailedSignIns], moment: datetime
) -> None:
    free = {subject.name: subject.free for subject in subjects}
    wait = max((_seconds_left(row, free[row.subject], moment) for row in found), default=0)
    if wait > 0:
        raise TooManyRequests("Too many wrong passwords.", wait)


def _seconds_left(row: FailedSignIns, free: int, moment: datetime) -> int:
    beyond = _present(row, moment) - free
    if beyond < 0:
        return 0
    return ceil(min(LONGEST_WAIT, 2**beyond) - _since(row, moment).total_seconds())


def _present(row: FailedSignIns, moment: datetime) -> int:
    return max(0, row.failures - _since(row, moment) // ONE_FORGOTTEN_EVERY)


def _since(row: FailedSignIns, moment: datetime) -> timedelta:
    # The clocks of two servers differ.
    return max(timedelta(), moment - row.last_at)


def _first(
    session: Session, subject: Subject, moment: datetime
) -> sqlite.Insert | postgresql.Insert:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite if is_sqlite else postgresql).insert(table_of(FailedSignIns))
    return insert.values(subject=subject.name, failures=1, last_at=moment).on_conflict_do_update(
        index_elements=["subject"],
        set_={"failures": table_of(FailedSignIns).c.failures + 1, "last_at": moment},
    )
