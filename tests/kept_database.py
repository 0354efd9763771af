"""A SQLite database that one test after another uses, each of them an empty one.

The rows of the test before are deleted. A copy of an empty file takes no longer, but on it every
connection is opened anew, reads the schema, and prepares each statement: a quarter of what most
tests take. So it is copied only where the file or its schema is not as it was, or has grown.
"""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    " AND name <> 'alembic_version'"
)
# What has happened goes with its whole project, or when the audit trail is shortened.
LET_GO = (
    "UPDATE project SET unit_salt = ''",
    "INSERT INTO audit_retention (until) VALUES ('9999-01-01')",
)
LETTING_GO = {"audit_retention", "project"}
LARGEST = 4 << 20


class Opened:
    """A file of a database, and a connection to it that nobody else uses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        self._connection.execute("PRAGMA foreign_keys = OFF")
        tables = [name for (name,) in self._connection.execute(TABLES)]
        tables.sort(key=lambda name: name in LETTING_GO)
        self._statements = [*LET_GO, *(f"DELETE FROM {each}" for each in tables)]  # noqa: S608
        self._statements.append("DELETE FROM sqlite_sequence")
        self._first = self._state()

    def is_emptied(self) -> bool:
        """Delete all rows, and return whether that could be done, and all else is as it was."""
        try:
            if self._state() != self._first:
                return False
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for statement in self._statements:
                    self._connection.execute(statement)
        except (OSError, sqlite3.Error):
            return False
        return True

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def _state(self) -> tuple[object, ...]:
        (schema,) = self._connection.execute("PRAGMA schema_version").fetchone()
        version = self._connection.execute("SELECT version_num FROM alembic_version").fetchall()
        found = self._path.stat()
        return schema, version, found.st_ino, found.st_size > LARGEST


class KeptDatabase:
    """A database in a folder of its own, at first a copy of the `migrated` file without rows."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        folder.mkdir()
        self._path, self._migrated = folder / "switchyard.db", migrated
        self._opened: Opened | None = None
        self.url = f"sqlite:///{self._path}"

    def empty(self, let_go: Callable[[str], None]) -> str:
        """Empty it, and give its address, of which others `let_go` where the file is replaced."""
        if not (self._opened and self._opened.is_emptied()):
            let_go(self.url)
            self._copy()
        return self.url

    def _copy(self) -> None:
        if self._opened:
            self._opened.close()
        for part in self._path.parent.glob(f"{self._path.name}*"):
            part.unlink()
        shutil.copy(self._migrated, self._path)
        self._opened = Opened(self._path)
