"""Events that are kept while the database is away or busy, in the order in which they came.

They are in a file of SQLite's, bounded, in KEPT_EVENTS_FOLDER: it outlives every process, and all
processes of the machine share it, so that a conversion never overtakes its exposure from one to
another. No project takes all of the room: it may keep as long as it has at most TIMES_WHAT_IS_LEFT
times of what is left (dynamic thresholds: Choudhury and Hahne, 1998), so that the busiest one, or
whoever sends with the key that its pages show, leaves some for all others.
"""

import json
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import cast

from flask import Flask, current_app

from app.core import file_locks
from app.core.errors import Unavailable
from app.core.rare_logs import log_rarely

EXTENSION = "switchyard_kept_events"
SECONDS_TO_WAIT = 2.0
BYTES_OF_PAGE = 4096
PAGES_OF_MB = 1024 * 1024 // BYTES_OF_PAGE
TIMES_WHAT_IS_LEFT = 4
_FULL = "The database cannot be used at this moment, and there is no room to keep events."
_MOST_PAGES = "max_page_count"
_CREATE = """
CREATE TABLE IF NOT EXISTS batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  failed INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS used (project_id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
CREATE TRIGGER IF NOT EXISTS kept AFTER INSERT ON batch BEGIN
  INSERT INTO used VALUES (new.project_id, length(new.body))
    ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER IF NOT EXISTS forgotten AFTER DELETE ON batch BEGIN
  UPDATE used SET bytes = bytes - length(old.body) WHERE project_id = old.project_id;
END;
CREATE TRIGGER IF NOT EXISTS replaced AFTER UPDATE OF body ON batch BEGIN
  UPDATE used SET bytes = bytes + length(new.body) - length(old.body)
    WHERE project_id = old.project_id;
END;
"""
_KEEP = (
    "INSERT INTO batch (project_id, body) SELECT :project, value FROM json_each(:bodies)"
    " WHERE coalesce((SELECT bytes FROM used WHERE project_id = :project), 0) < :most"
)


@dataclass(frozen=True)
class Batch:
    """The events of one request, or a part of them, as JSON."""

    id: int
    body: str


@dataclass(frozen=True)
class State:
    """How many batches are kept to be recorded, how many set aside, and the share of room used."""

    kept: int = 0
    set_aside: int = 0
    room_used: float = 0.0


class OthersFirst(Unavailable):
    """Events that have come before are still to be recorded."""


@dataclass
class KeptEvents:
    """The file, which is made when there is something to keep. Threads share its connection."""

    folder: Path
    megabytes: int
    _lock: Lock = field(default_factory=Lock)
    _connection: sqlite3.Connection | None = None

    @cached_property
    def path(self) -> str:
        """Return where the file is, or will be."""
        return str(self.folder / "kept-events.db")

    def is_any(self) -> bool:
        """Return whether any events are kept that are still to be recorded."""
        return self._has("SELECT 1 FROM batch WHERE NOT failed LIMIT 1")

    def require_none(self) -> None:
        """Raise OthersFirst where any events are kept that are still to be recorded."""
        if self.is_any():
            raise OthersFirst

    def is_any_set_aside(self) -> bool:
        """Return whether there are batches that could not be recorded when they were tried."""
        return self._has("SELECT 1 FROM batch WHERE failed LIMIT 1")

    def state(self) -> State:
        """Return how much is kept. Raises Unavailable where that cannot be read."""
        if not self.is_there():
            return State()
        with self._lock, _told_as_unavailable():
            counted = self._opened().execute("SELECT count(*), total(failed) FROM batch")
            number, failed = counted.fetchone()
            left, most = self._pages_left(), self._pragma(_MOST_PAGES)
        return State(number - int(failed), int(failed), round(1 - left / most, 3))

    def keep(self, project_id: int, *bodies: str) -> None:
        """Keep batches in their order, on the disk when this returns: all of them, or none.

        Raises Unavailable without room.
        """
        if not self.megabytes:
            raise Unavailable
        try:
            with self._lock:
                opened = self._opened()
                most = TIMES_WHAT_IS_LEFT * self._pages_left() * BYTES_OF_PAGE
                values = {"project": project_id, "bodies": json.dumps(bodies), "most": most}
                is_kept = opened.execute(_KEEP, values).rowcount == len(bodies)
        except (sqlite3.Error, OSError) as error:
            log_rarely("keeping events", "no events can be kept: %s", error)
            raise Unavailable(_FULL) from None
        if not is_kept:
            log_rarely("share", "project %d has its share of the room for events", project_id)
            raise Unavailable(_FULL)

    def oldest(self, most: int) -> Sequence[Batch]:
        """Return the batches that have been kept for the longest."""
        statement = "SELECT id, body FROM batch WHERE NOT failed ORDER BY id LIMIT ?"
        with self._lock:
            return [Batch(*row) for row in self._opened().execute(statement, (most,))]

    def forget_until(self, batch: Batch) -> None:
        """Forget a batch and all that came before it: they are recorded."""
        with self._lock:
            statement = "DELETE FROM batch WHERE NOT failed AND id <= ?"
            self._opened().execute(statement, (batch.id,))

    def set_aside(self, batch: Batch) -> None:
        """Leave a batch that cannot be recorded in the file, in nobody's way."""
        with self._lock:
            self._opened().execute("UPDATE batch SET failed = 1 WHERE id = ?", (batch.id,))

    def take_up(self) -> None:
        """Have all that was set aside recorded once more; for the one whose turn it is."""
        with self._lock:
            self._opened().execute("UPDATE batch SET failed = 0 WHERE failed")

    def holding(self, part: str) -> Sequence[Batch]:
        """Return all batches with this text in them, those set aside too. Raises Unavailable."""
        if not self.is_there():
            return []
        statement = "SELECT id, body FROM batch WHERE instr(body, ?)"
        with self._lock, _told_as_unavailable():
            return [Batch(*row) for row in self._opened().execute(statement, (part,))]

    def replace(self, batch: Batch, body: str | None) -> None:
        """Give a batch another body, or forget it; for the one whose turn it is.

        Raises Unavailable where the file cannot be written.
        """
        with self._lock, _told_as_unavailable():
            if body is None:
                self._opened().execute("DELETE FROM batch WHERE id = ?", (batch.id,))
            else:
                statement = "UPDATE batch SET body = ? WHERE id = ?"
                self._opened().execute(statement, (body, batch.id))

    def is_there(self) -> bool:
        """Return whether there is a file."""
        return self._connection is not None or os.path.exists(self.path)  # noqa: PTH110 - every time

    @contextmanager
    def turn(self, seconds: float = 0.0) -> Generator[bool]:
        """Take the turn of the one who records what is kept; False where somebody else has it.

        For so many seconds it is waited for. It ends with the process at the latest.
        """
        descriptor = os.open(self.folder / "kept-events.lock", os.O_RDWR | os.O_CREAT, 0o600)
        with closing(os.fdopen(descriptor)) as file:
            yield file_locks.take(file, seconds)

    def _has(self, statement: str) -> bool:
        if not self.is_there():
            return False
        try:
            with self._lock:
                return self._opened().execute(statement).fetchone() is not None
        except (sqlite3.Error, OSError) as error:
            # Then nothing can be kept either: what comes is for the database.
            log_rarely("kept events", "kept events cannot be read: %s", error)
            return False

    def _pages_left(self) -> int:
        most, used, free = map(self._pragma, (_MOST_PAGES, "page_count", "freelist_count"))
        return most - used + free

    def _pragma(self, name: str) -> int:
        return self._opened().execute(f"PRAGMA {name}").fetchone()[0]

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(
                self.path, SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
            )
            connection.execute(f"PRAGMA {_MOST_PAGES} = {self.megabytes * PAGES_OF_MB}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_CREATE)
            self._connection = connection
        return self._connection


@contextmanager
def _told_as_unavailable() -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        log_rarely("kept events", "kept events cannot be read: %s", error)
        raise Unavailable from None


def register(app: Flask) -> None:
    """Give the application its file of kept events."""
    folder, megabytes = app.config["KEPT_EVENTS_FOLDER"], app.config["KEPT_EVENTS_MB"]
    app.extensions[EXTENSION] = KeptEvents(folder, megabytes)


def of_app() -> KeptEvents:
    """Return the kept events of the application that answers."""
    return cast("KeptEvents", current_app.extensions[EXTENSION])
