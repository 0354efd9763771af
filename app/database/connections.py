"""Connections of either database: what they are told as they open, and as a writer begins."""

import math
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from threading import Lock
from types import NoneType
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import waiting
from app.core.errors import Busy
from app.database import driver_cursor, sqlite_file, sqlite_journal

Begin = Callable[[Connection, int | None], None]

BEGIN = "switchyard_begin"
LOCK_PROJECT = "SELECT id FROM project WHERE id = {} FOR NO KEY UPDATE"
TURN = "switchyard_turn"
TOLD = "switchyard_busy_seconds"
LONGEST = "switchyard_longest_statement"
IDLE_SINCE = "switchyard_idle_since"
SECONDS_UNTRIED = 1.0
# A wait shorter by less is not worth telling the database of.
SECONDS_UNTOLD = 0.25


# Otherwise the driver looks in three places for a way to adapt each NULL, and finds none. A status
# change sends 16 of them: 2 % of its instructions.
sqlite3.register_adapter(NoneType, lambda null: null)


def prepare(engine: Engine, *, is_pooled: bool = False) -> None:
    """Give `engine` explicit transactions: readers have none, writers say when theirs begins.

    The engine is in AUTOCOMMIT, so that reading costs no BEGIN and no ROLLBACK: on either database
    each statement sees what is committed when it begins. One that `is_pooled` gets a connection of
    a pooler's for each transaction, which remembers nothing of the one before.

    A writer calls `begin_writing`. With a listener to "begin", each statement looks for listeners
    to all else that connections do: a status change took 1.33 ms of CPU so, and takes 1.23.
    """
    if engine.dialect.name == "sqlite":
        begin: Begin = partial(_begin_on_sqlite, Lock())
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "checkin", _end_turn)
        sqlite_file.follow(engine)
    else:
        # Its driver takes 0.08 s of CPU and 9 MB, of which a process on SQLite needs nothing.
        from app.database import postgresql_connection  # noqa: PLC0415

        begin = partial(_begin_on_postgresql, is_pooled=is_pooled)
        event.listen(engine, "do_connect", postgresql_connection.connect)
        if not is_pooled:
            event.listen(engine, "connect", _on_postgresql_connect)
        event.listen(engine, "checkin", _note_idle)
        event.listen(engine, "checkout", partial(_check_idle, engine.dialect))
        if not is_pooled:
            event.listen(engine, "checkout", partial(_tell_longest, engine.dialect))
    event.listen(engine, "connect", partial(_note_begin, begin))


def begin_writing(connection: Connection, locked_project_id: int | None = None) -> None:
    """Begin as a writer in a transaction of `connection`, with the lock of a project's row.

    Raises Busy where others write for too long.
    """
    connection.info[BEGIN](connection, locked_project_id)


def _note_begin(begin: Begin, _driver: object, record: ConnectionPoolEntry) -> None:
    record.info[BEGIN] = begin


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


def _tell_longest(dialect: Dialect, driver: Any, record: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401
    """Bound a request's statements by what is left of its time, where it has waited for a place."""
    longest = _milliseconds(waiting.seconds_to_work() or 0)
    if abs(record.info[LONGEST] - longest) <= _milliseconds(SECONDS_UNTOLD):
        return
    try:
        driver.execute(f"SET statement_timeout = {longest}")
    except dialect.loaded_dbapi.OperationalError as error:
        raise DisconnectionError("the connection died in the pool") from error
    record.info[LONGEST] = longest


def _begin_on_sqlite(turn: Lock, connection: Connection, _locked_project_id: int | None) -> None:
    """Begin as a writer, when no other of this process is one.

    SQLite lets waiting writers ask again and again: with 16 clients in two processes that made a
    status change cost 1.42 ms of CPU, where 1.22 does when they wait for their turn here.
    """
    if not turn.acquire(timeout=waiting.seconds_left()):
        raise Busy
    connection.info[TURN] = turn
    left, told = waiting.seconds_left(), connection.info.get(TOLD, waiting.usual_seconds())
    if abs(told - left) > SECONDS_UNTOLD:
        connection.info[TOLD] = left
        connection.exec_driver_sql(_busy_timeout(left))
    driver_cursor.tell(connection, "BEGIN IMMEDIATE")


def _end_turn(_driver: object, record: ConnectionPoolEntry) -> None:
    turn: Lock | None = record.info.pop(TURN, None)
    if turn:
        turn.release()


def _begin_on_postgresql(
    connection: Connection, locked_project_id: int | None, *, is_pooled: bool
) -> None:
    # All in one message to the server: a status change waits for it five times, not six.
    lock = "" if locked_project_id is None else f"; {LOCK_PROJECT.format(locked_project_id)}"
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
