"""Copies of a SQLite database, made and put back while others use it."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from app.backups.archive import ONLY_OWNER
from app.backups.errors import BackupFault
from app.backups.manifest import SESSIONS, Contents, Manifest
from app.core import waiting
from app.database import append_only
from app.database.engine import db

SECONDS_BETWEEN_TRIES = 0.05
_BESIDE_TABLES = "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')"


def copy_to(copy: Path) -> Contents:
    """Write the database as it is at one moment to `copy`: writers go on meanwhile."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as copied:
        return _contents(copied)


def tables() -> list[str]:
    """Return the names of the tables that there are; none where there is no file yet."""
    path = db.engine.url.database or ""
    if not Path(path).exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        return _tables(database)


def put_back(copy: Path, manifest: Manifest) -> None:
    """Put a copy in the place of the database, in one transaction."""
    with closing(sqlite3.connect(copy)) as source:
        _check(source, manifest)
        _end_sessions(source, manifest)
        _replace(source)


def _replace(source: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(_path())) as target:
        try:
            source.backup(target, progress=_waiting_for_others(), sleep=SECONDS_BETWEEN_TRIES)
        except sqlite3.Error as error:
            raise BackupFault(f"SQLite refuses: {error}. Nothing was changed.") from None


def _path() -> str:
    """Return the database's path; a file that is made here is its owner's alone."""
    path = db.engine.url.database or ""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, ONLY_OWNER))
    except OSError as error:
        raise BackupFault(f"The database cannot be written: {error.strerror}: {path}.") from None
    return path


def _waiting_for_others() -> Callable[[int, int, int], None]:
    """Return what gives up when another has kept the database for as long as a command waits."""
    until = time.monotonic() + waiting.seconds_left()

    def go_on(code: int, _left: int, _of: int) -> None:
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > until:
            raise BackupFault("Somebody else keeps the database locked. Nothing was changed.")

    return go_on


def _end_sessions(source: sqlite3.Connection, manifest: Manifest) -> None:
    if SESSIONS in manifest.rows:
        source.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608 - a name of our own
        source.commit()


def _check(source: sqlite3.Connection, manifest: Manifest) -> None:
    try:
        _check_whole(source)
        contents = Contents(_version(source), _rows(source))
        # What works by itself could come with a copy that somebody has made.
        beside = {sql for (sql,) in source.execute(_BESIDE_TABLES)}
    except sqlite3.DatabaseError as error:
        raise BackupFault(f"The copy in this backup is damaged: {error}.") from None
    if contents != (manifest.schema_version, manifest.rows) or beside - append_only.SQLITE_TRIGGERS:
        raise BackupFault("This backup does not hold what it says it does.")


def _check_whole(database: sqlite3.Connection) -> None:
    broken = database.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",)
    if broken or database.execute("PRAGMA foreign_key_check").fetchone():
        raise BackupFault("The copy in this backup is damaged.")


def _contents(database: sqlite3.Connection) -> Contents:
    if "alembic_version" not in _tables(database):
        raise BackupFault("This database has no tables yet: there is nothing to back up.")
    return Contents(_version(database), _rows(database))


def _version(database: sqlite3.Connection) -> str:
    """Return the schema's version; "" without one."""
    found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return found[0] if found else ""


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    return {name: _count(database, name) for name in _tables(database)}


def _tables(database: sqlite3.Connection) -> list[str]:
    statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(name for (name,) in database.execute(statement))


def _count(database: sqlite3.Connection, table: str) -> int:
    # The names of tables are the database's own.
    return database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
