"""Transactions: the beginning and the commit of a writer.

Units of work commit here, and nothing else does.
"""

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Transaction
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import current_request, metrics
from app.core.errors import Conflict
from app.database import database_errors
from app.database.connections import LOCK_PROJECT, LOCKED_PROJECT, WRITER
from app.database.engine import db
from app.models import Base

_log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Base)

ENCLOSES = "switchyard_encloses"
ENCLOSED_PROJECT = "switchyard_enclosed_project"
HAS_PARTS = "switchyard_has_parts"
TAKEN = "switchyard_taken"
TRIED = "switchyard_tried"


@dataclass(frozen=True)
class Whole:
    """An enclosing unit of work as its only part sees it: it commits when that does.

    A savepoint for that part cost a status change 0.1 ms, and two waits for PostgreSQL.
    """

    session: Session
    connection: Connection

    def commit(self) -> None:
        """Leave the committing to the enclosing unit of work."""

    def rollback(self) -> None:
        """End the enclosing unit of work: nothing comes of it."""
        self.session.rollback()
        del self.session.info[ENCLOSES]


@contextmanager
def writing(locked_project_id: int | None = None) -> Generator[Session]:
    """Begin a unit of work as a writer, commit it at the end, roll it back on any error.

    With a `locked_project_id` nobody else changes anything in that project until it ends.

    What was read before in this request is forgotten, so that every rule is checked against what
    the database holds now. On SQLite the writer takes the write lock at once (BEGIN IMMEDIATE): a
    reader that turns into a writer later fails with "database is locked", whatever the timeout.
    On PostgreSQL it locks the project's row (SELECT ... FOR NO KEY UPDATE).

    Raises Conflict when a constraint of the database refuses what the rules had let through: that
    takes two writers at the same moment.
    """
    session = db.session()
    if session.info.get(ENCLOSES):
        _begin_part(session, locked_project_id)
        with conflicts_told(), session.begin_nested():
            yield session
        return
    session.rollback()
    session.connection(execution_options=_options(locked_project_id))
    try:
        with conflicts_told():
            yield session
            current_request.note_commit()
            session.commit()
    except BaseException:
        session.info.pop(TAKEN, None)
        session.rollback()
        raise
    count_taken(session.info.pop(TAKEN, ()))


@contextmanager
def begun(
    locked_project_id: int | None = None, *, is_single: bool = False
) -> Generator[Transaction | Whole]:
    """Begin as a writer on a connection of its own; what is not committed is rolled back.

    What the request's session has read is forgotten, and its connection is free for others. Where
    that is what `is_single`, it is the only part of an enclosing unit of work, and ends that where
    it fails.
    """
    session = _known_session()
    if session is not None and ENCLOSES in session.info:
        is_first = not session.info.get(HAS_PARTS)
        connection = _begin_part(session, locked_project_id)
        if is_single and is_first and TRIED not in session.info:
            with _as_the_whole(session, connection) as whole:
                yield whole
            return
        with connection.begin_nested() as part:
            yield part
            if part.is_active:
                part.rollback()
        return
    if session is not None:
        session.rollback()
    with db.engine.connect() as connection:
        connection.execution_options(**_options(locked_project_id))
        yield connection.begin()


@contextmanager
def enclosing(locked_project_id: int | None = None) -> Generator[Session]:
    """Begin a unit of work like `writing` that those which begin within it are parts of.

    They commit when it does. A part that fails, or that is given up, takes back what it did alone.
    """
    with writing(locked_project_id) as session:
        session.info |= {ENCLOSES: True, ENCLOSED_PROJECT: locked_project_id}
        try:
            yield session
        finally:
            for name in (ENCLOSES, ENCLOSED_PROJECT, HAS_PARTS):
                session.info.pop(name, None)


@contextmanager
def _as_the_whole(session: Session, connection: Connection) -> Generator[Whole]:
    """Have a part be all that is done in an enclosing unit of work: where it fails, that ends."""
    whole = Whole(session, connection)
    try:
        yield whole
    except BaseException:
        whole.rollback()
        raise


def is_enclosing(session: Session) -> bool:
    """Return whether an enclosing unit of work goes on: none of its parts has ended it."""
    return ENCLOSES in session.info


@contextmanager
def taking_back() -> Generator[Session]:
    """Begin a unit of work like `enclosing`, all of which is taken back at its end."""
    with suppress(_TakenBack), enclosing() as session:
        session.info[TRIED] = True
        try:
            yield session
        finally:
            del session.info[TRIED]
        raise _TakenBack


def is_tried() -> bool:
    """Return whether what is done now is taken back in any case."""
    session = _known_session()
    return session is not None and TRIED in session.info


def commit(transaction: Transaction | Whole, taken: Iterable[tuple[str, str]]) -> None:
    """Commit what `begun` has begun, and count its changes of status.

    A part of an enclosing unit of work leaves the counting to that, and is committed with it.
    """
    session = _known_session()
    if session is not None and ENCLOSES in session.info:
        transaction.commit()
        session.info.setdefault(TAKEN, []).extend(taken)
        return
    current_request.note_commit()
    transaction.commit()
    count_taken(taken)


class _TakenBack(Exception):
    """Ends what is tried only."""


@contextmanager
def conflicts_told() -> Generator[None]:
    """Raise Conflict for what a constraint of the database refuses."""
    try:
        yield
    except IntegrityError as error:
        if not database_errors.is_conflict(error):
            raise
        _log.warning("a constraint refused what the rules had let through: %s", error)
        raise Conflict("Somebody else changed this at the same moment. Try again.") from error


def count_taken(taken: Iterable[tuple[str, str]]) -> None:
    """Count changes of status that are committed: actions, and the doors they came in by."""
    for action, door in taken:
        metrics.of_process.transition_made(action, door)


def detached(session: Session, row: Row) -> Row:
    """`row` as the database has it now, to be used after the unit of work has ended."""
    session.flush()
    session.refresh(row)
    session.expunge(row)
    return row


def _known_session() -> Session | None:
    """Return the session of what is under way here, None where nothing has opened one."""
    return db.session() if db.session.registry.has() else None


def _begin_part(session: Session, locked_project_id: int | None) -> Connection:
    """Have a part of the session's unit of work judge by what the database holds now.

    Returns the connection that it writes through.
    """
    session.flush()
    session.info[HAS_PARTS] = True
    connection = session.connection()
    is_locked = locked_project_id in (None, session.info.get(ENCLOSED_PROJECT))
    if not is_locked and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LOCK_PROJECT.format(int(locked_project_id or 0)))
    session.expire_all()
    return connection


def _options(locked_project_id: int | None) -> dict[str, Any]:
    return {WRITER: True, LOCKED_PROJECT: locked_project_id}
