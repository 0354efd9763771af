"""Transactions: the beginning and the commit of a writer.

Units of work commit here, and nothing else does.
"""

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, Transaction
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import current_request, metrics
from app.core.errors import Conflict
from app.database import database_errors, engine
from app.database.connections import LOCK_PROJECT, begin_writing
from app.database.engine import db
from app.models import Base

_log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Base)

TAKEN = "switchyard_taken"


@dataclass
class Enclosing:
    """A unit of work that others are parts of: they write through its connection.

    `project_id` is the project that it has locked. It `is_tried` where all of it is taken back in
    any case; `taken` are the actions that are counted when it commits, with their doors.
    """

    connection: Connection
    project_id: int | None = None
    is_tried: bool = False
    has_parts: bool = False
    taken: list[tuple[str, str]] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Return whether none of its parts has ended it."""
        return _enclosing.get() is self

    def end(self) -> None:
        """Take back all that was done in it; its connection is free for others."""
        _enclosing.set(None)
        engine.joined.set(None)
        _roll_back_session()
        self.connection.close()


_enclosing: ContextVar[Enclosing | None] = ContextVar("switchyard_enclosing", default=None)


@dataclass(frozen=True)
class Whole:
    """An enclosing unit of work as its only part sees it: it commits when that does.

    A savepoint for that part cost a status change 0.1 ms, and two waits for PostgreSQL.
    """

    unit: Enclosing

    @property
    def connection(self) -> Connection:
        """Return the connection that both write through."""
        return self.unit.connection

    def commit(self) -> None:
        """Leave the committing to the enclosing unit of work."""

    def rollback(self) -> None:
        """End the enclosing unit of work: nothing comes of it."""
        self.unit.end()


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
    session, unit = db.session(), _enclosing.get()
    if unit is not None:
        _begin_part(unit, locked_project_id)
        with conflicts_told(), _counting_what_stays(session), session.begin_nested():
            yield session
        return
    session.rollback()
    try:
        begin_writing(session.connection(), locked_project_id)
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
def _counting_what_stays(session: Session) -> Generator[None]:
    """Leave uncounted what a part of a unit of work has done that is taken back."""
    before = len(session.info.get(TAKEN, ()))
    try:
        yield
    except BaseException:
        del session.info.get(TAKEN, [])[before:]
        raise


@contextmanager
def begun(
    locked_project_id: int | None = None, *, is_single: bool = False
) -> Generator[Transaction | Whole]:
    """Begin as a writer on a connection of its own; what is not committed is rolled back.

    What the request's session has read is forgotten, and its connection is free for others. One
    that `is_single` and the first part of an enclosing unit of work ends that where it fails.
    """
    unit = _enclosing.get()
    if unit is not None:
        is_all = is_single and not (unit.has_parts or unit.is_tried)
        _begin_part(unit, locked_project_id)
        with _as_the_whole(unit) if is_all else _as_a_part(unit) as part:
            yield part
        return
    _roll_back_session()
    with db.engine.connect() as connection:
        transaction = connection.begin()
        begin_writing(connection, locked_project_id)
        yield transaction


@contextmanager
def enclosing(locked_project_id: int | None = None) -> Generator[Enclosing]:
    """Begin a unit of work like `begun` that those which begin within it are parts of.

    They commit when it does, and the request's session reads and writes through its connection. A
    part that fails, or that is given up, takes back what it did alone.
    """
    _roll_back_session()
    with db.engine.connect() as connection, conflicts_told():
        transaction = connection.begin()
        begin_writing(connection, locked_project_id)
        unit = Enclosing(connection, locked_project_id)
        _enclosing.set(unit)
        engine.joined.set(connection)
        try:
            yield unit
            if unit.goes_on:
                _commit_enclosing(unit, transaction)
        finally:
            if unit.goes_on:
                unit.end()


def _commit_enclosing(unit: Enclosing, transaction: Transaction) -> None:
    session = _known_session()
    if session is not None:
        # What its objects have become is written; the connection's transaction is not its own.
        session.commit()
        unit.taken.extend(session.info.pop(TAKEN, ()))
    current_request.note_commit()
    transaction.commit()
    count_taken(unit.taken)


@contextmanager
def _as_the_whole(unit: Enclosing) -> Generator[Whole]:
    """Have a part be all that is done in an enclosing unit of work: where it fails, that ends."""
    try:
        yield Whole(unit)
    except BaseException:
        unit.end()
        raise


@contextmanager
def _as_a_part(unit: Enclosing) -> Generator[Transaction]:
    """Begin a part that is taken back alone unless it is committed."""
    with unit.connection.begin_nested() as part:
        yield part
        if part.is_active:
            part.rollback()


@contextmanager
def taking_back() -> Generator[Enclosing]:
    """Begin a unit of work like `enclosing`, all of which is taken back at its end."""
    with suppress(_TakenBack), enclosing() as unit:
        unit.is_tried = True
        yield unit
        raise _TakenBack


def is_tried() -> bool:
    """Return whether what is done now is taken back in any case."""
    unit = _enclosing.get()
    return unit is not None and unit.is_tried


def commit(transaction: Transaction | Whole, taken: Iterable[tuple[str, str]]) -> None:
    """Commit what `begun` has begun, and count its changes of status.

    A part of an enclosing unit of work leaves the counting to that, and is committed with it.
    """
    unit = _enclosing.get()
    if unit is not None:
        transaction.commit()
        unit.taken.extend(taken)
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


def _roll_back_session() -> None:
    """Have the request's session forget what it has read, and free its connection."""
    session = _known_session()
    if session is not None:
        session.info.pop(TAKEN, None)
        session.rollback()


def _begin_part(unit: Enclosing, locked_project_id: int | None) -> None:
    """Have a part of a unit of work judge by what the database holds now."""
    unit.has_parts = True
    session, connection = _known_session(), unit.connection
    if session is not None:
        session.flush()
        session.expire_all()
    is_locked = locked_project_id in (None, unit.project_id)
    if not is_locked and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LOCK_PROJECT.format(int(locked_project_id or 0)))
