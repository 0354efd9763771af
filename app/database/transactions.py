"""Transactions: the beginning and the commit of a writer, on either database.

Units of work commit here, and nothing else does.
"""

import logging
import math
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from psycopg import OperationalError
from sqlalchemy import Connection, Dialect, Engine, Transaction, event
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import current_request, metrics, waiting
from app.core.errors import Busy, Conflict
from app.database import database_errors, postgresql_connection, sqlite_file, sqlite_journal
from app.database.engine import db
from app.models import Base

_log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Base)

WRITER = "switchyard_writer"
LOCKED_PROJECT = "switchyard_locked_project"
ENCLOSES = "switchyard_encloses"
TAKEN = "switchyard_taken"
TRIED = "switchyard_tried"
_LOCK_PROJECT = "SELECT id FROM project WHERE id = {} FOR NO KEY UPDATE"
HOLDS_TURN = "switchyard_holds_turn"
TOLD = "switchyard_busy_seconds"
LONGEST = "switchyard_longest_statement"
IDLE_SINCE = "switchyard_idle_since"
SECONDS_UNTRIED = 1.0
# A wait shorter by less is not worth telling the database of.
SECONDS_UNTOLD = 0.25


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
def begun(locked_project_id: int | None = None) -> Generator[Transaction]:
    """Begin as a writer on a connection of its own; what is not committed is rolled back.

    What the request's session has read is forgotten, and its connection is free for others.
    """
    session = _known_session()
    if session is not None and ENCLOSES in session.info:
        _begin_part(session, locked_project_id)
        with session.connection().begin_nested() as part:
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
def enclosing() -> Generator[Session]:
    """Begin a unit of work like `writing` that those which begin within it are parts of.

    They commit when it does. A part that fails, or that is given up, takes back what it did alone.
    """
    with writing() as session:
        session.info[ENCLOSES] = True
        try:
            yield session
        finally:
            del session.info[ENCLOSES]


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


def commit(transaction: Transaction, taken: Iterable[tuple[str, str]]) -> None:
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


def prepare(engine: Engine, *, is_pooled: bool = False) -> None:
    """Give `engine` explicit transactions: readers have none, writers say when theirs begins.

    The engine is in AUTOCOMMIT, so that reading costs no BEGIN and no ROLLBACK: on either database
    each statement sees what is committed when it begins. One that `is_pooled` gets a connection of
    a pooler's for each transaction, which remembers nothing of the one before.
    """
    if engine.dialect.name == "sqlite":
        turn = Lock()
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", partial(_begin_on_sqlite, turn))
        event.listen(engine, "checkin", partial(_end_turn, turn))
        sqlite_file.follow(engine)
    else:
        event.listen(engine, "do_connect", postgresql_connection.connect)
        if not is_pooled:
            event.listen(engine, "connect", _on_postgresql_connect)
        event.listen(engine, "begin", partial(_begin_on_postgresql, is_pooled=is_pooled))
        event.listen(engine, "checkin", _note_idle)
        event.listen(engine, "checkout", partial(_check_idle, engine.dialect))
        if not is_pooled:
            event.listen(engine, "checkout", _tell_longest)


def _known_session() -> Session | None:
    """Return the session of what is under way here, None where nothing has opened one."""
    return db.session() if db.session.registry.has() else None


def _begin_part(session: Session, locked_project_id: int | None) -> None:
    """Have a part of the session's unit of work judge by what the database holds now."""
    session.flush()
    connection = session.connection()
    if locked_project_id is not None and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK_PROJECT.format(int(locked_project_id)))
    session.expire_all()


def _options(locked_project_id: int | None) -> dict[str, Any]:
    return {WRITER: True, LOCKED_PROJECT: locked_project_id}


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
    connection.execute(_busy_timeout(waiting.usual_seconds()))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(sqlite_journal.LIMIT)


def _on_postgresql_connect(connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401
    """Bound how long a statement waits and works: at the command line only how long it waits."""
    record.info[LONGEST] = _longest_statement()
    usual = _milliseconds(waiting.usual_seconds())
    bounds = f"SET lock_timeout = {usual}; SET statement_timeout = {_longest_statement()}"
    connection.execute(bounds)


def _note_idle(_driver: object, record: ConnectionPoolEntry) -> None:
    record.info[IDLE_SINCE] = time.monotonic()


def _check_idle(dialect: Dialect, driver: Any, record: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401
    """Replace a connection that has died in the pool, as all do when the server restarts.

    Only one that lay idle for a while is tried: under load, trying each would cost a round trip.
    """
    if time.monotonic() - record.info.get(IDLE_SINCE, math.inf) < SECONDS_UNTRIED:
        return
    try:
        dialect.do_ping(driver)
    except Exception as error:
        raise DisconnectionError("the connection died in the pool") from error


def _tell_longest(driver: Any, record: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401
    """Bound a request's statements by what is left of its time, where it has waited for a place."""
    longest = _milliseconds(waiting.seconds_to_work() or 0)
    if abs(record.info[LONGEST] - longest) <= _milliseconds(SECONDS_UNTOLD):
        return
    try:
        driver.execute(f"SET statement_timeout = {longest}")
    except OperationalError as error:
        raise DisconnectionError("the connection died in the pool") from error
    record.info[LONGEST] = longest


def _begin_on_sqlite(turn: Lock, connection: Connection) -> None:
    """Begin as a writer, when no other of this process is one.

    SQLite lets waiting writers ask again and again: with 16 clients in two processes that made a
    status change cost 1.42 ms of CPU, where 1.22 does when they wait for their turn here.
    """
    if not connection.get_execution_options().get(WRITER):
        return
    if not turn.acquire(timeout=waiting.seconds_left()):
        raise Busy
    connection.info[HOLDS_TURN] = True
    left, told = waiting.seconds_left(), connection.info.get(TOLD, waiting.usual_seconds())
    if abs(told - left) > SECONDS_UNTOLD:
        connection.info[TOLD] = left
        connection.exec_driver_sql(_busy_timeout(left))
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _end_turn(turn: Lock, _driver: object, record: ConnectionPoolEntry) -> None:
    if record.info.pop(HOLDS_TURN, False):
        turn.release()


def _begin_on_postgresql(connection: Connection, *, is_pooled: bool) -> None:
    options = connection.get_execution_options()
    if not options.get(WRITER):
        return
    # All in one message to the server: a status change waits for it five times, not six.
    project_id = options.get(LOCKED_PROJECT)
    lock = "" if project_id is None else f"; {_LOCK_PROJECT.format(int(project_id))}"
    connection.exec_driver_sql(f"BEGIN{_bounds(is_pooled=is_pooled)}{lock}")


def _bounds(*, is_pooled: bool) -> str:
    """Return what a transaction tells the server of its waits, where that is not known already."""
    left = waiting.seconds_left()
    if not is_pooled and waiting.usual_seconds() - left <= SECONDS_UNTOLD:
        return ""
    bound = f"; SET LOCAL lock_timeout = {_milliseconds(left)}"
    most = f"; SET LOCAL statement_timeout = {_longest_statement()}" if is_pooled else ""
    return bound + most


def _longest_statement() -> int:
    """Return how many milliseconds a statement may take; 0, for any time, at the command line."""
    return 0 if waiting.is_command() else _milliseconds(waiting.usual_seconds())


def _busy_timeout(seconds: float) -> str:
    return f"PRAGMA busy_timeout = {_milliseconds(seconds)}"


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
