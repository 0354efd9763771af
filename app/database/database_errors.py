"""Errors of the database: which of them say that a later try may well succeed, or another's did.

Those of PostgreSQL are told by their states alone: its driver is loaded where it is used.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.core.errors import Busy, Unavailable

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_WAITED = frozenset({"55P03", "57014", "40P01", "40001"})
_POSTGRESQL_AWAY = ("08", "53", "57P", "58", "25006", "XX001")
_POSTGRESQL_READ_ONLY = frozenset({"25006", "42501"})
_POSTGRESQL_CONFLICTS = frozenset({"23505", "23514", "23503"})
# https://www.sqlite.org/rescode.html
_SQLITE_WAITED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)
_SQLITE_CONFLICTS = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_CHECK,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    }
)
_PRIMARY_CODE = 0xFF


def as_unavailable(error: SQLAlchemyError) -> Unavailable | None:
    """Return what to tell a caller whose request a lock, or a database away, has kept from them.

    None for any other error: that is a fault in here, such as a column that is missing.
    """
    if isinstance(error, NoConnection):
        return Busy()
    match error.orig if isinstance(error, DBAPIError) else None:
        case None:
            return None
        case sqlite3.Error() as cause:
            return _of_sqlite(getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE)
        case cause:
            return _of_postgresql(_state(cause), error)


def told_as_unavailable(error: Exception) -> Unavailable | None:
    """Return what `as_unavailable` does for any error, and one that says so already as it is."""
    if isinstance(error, SQLAlchemyError):
        return as_unavailable(error)
    return error if isinstance(error, Unavailable) else None


def is_read_only(error: Exception) -> bool:
    """Return whether the database refused a change because it can, or may, only be read."""
    match error.orig if isinstance(error, DBAPIError) else None:
        case sqlite3.Error() as cause:
            code = getattr(cause, "sqlite_errorcode", 0)
            return code & _PRIMARY_CODE == sqlite3.SQLITE_READONLY
        case cause:
            return _state(cause) in _POSTGRESQL_READ_ONLY


def is_conflict(error: IntegrityError) -> bool:
    """Return whether two writers met: each had been let through, and both cannot have it."""
    match error.orig:
        case sqlite3.Error() as cause:
            return cause.sqlite_errorcode in _SQLITE_CONFLICTS
        case cause:
            return _state(cause) in _POSTGRESQL_CONFLICTS


def _state(cause: BaseException | None) -> str | None:
    """Return the state that PostgreSQL gives an error, None where it has given none."""
    return getattr(cause, "sqlstate", None)


def _of_postgresql(state: str | None, error: SQLAlchemyError) -> Unavailable | None:
    if state in _POSTGRESQL_WAITED:
        return Busy()
    # One that the server never answered has no state: it could not be reached, or went away.
    is_lost = state is None and isinstance(error, OperationalError)
    return Unavailable() if is_lost or (state or "").startswith(_POSTGRESQL_AWAY) else None


def _of_sqlite(code: int) -> Unavailable | None:
    if code in _SQLITE_WAITED:
        return Busy()
    return Unavailable() if code in _SQLITE_AWAY else None
