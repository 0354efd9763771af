"""The file of a SQLite database: connections follow the file that bears its name.

An open connection goes on with the file that it was opened on, wherever that is moved. Where
another one was put in its place, as a copy that is restored, it would serve what nobody else sees;
and SQLite makes a new and empty database of a file that is missing.
"""

import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

OPENED_ON = "switchyard_opened_on"
CHECKED_AT = "switchyard_checked_at"
# Looking costs some microseconds, and a request takes a connection more than once.
SECONDS_UNCHECKED = 0.5

Identity = tuple[int, int] | None


def follow(engine: Engine) -> None:
    """Have the connections of `engine` end with the file, and make no new one in its place."""
    if not engine.url.database or engine.url.database.startswith((":memory:", "file:")):
        return
    path = Path(engine.url.database).absolute()
    seen: set[Identity] = set()
    event.listen(engine, "do_connect", partial(_refuse_missing, path, seen))
    event.listen(engine, "connect", partial(_note, path, seen))
    event.listen(engine, "checkout", partial(_check, path))


def _refuse_missing(path: Path, seen: set[Identity], *_: object) -> None:
    """Raise the error of SQLite for a file that was there before, and is not."""
    if seen and _identity(path) is None:
        sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True).close()


def _note(path: Path, seen: set[Identity], _driver: object, record: ConnectionPoolEntry) -> None:
    record.info[OPENED_ON] = _identity(path)
    seen.add(record.info[OPENED_ON])


def _check(path: Path, _driver: object, record: ConnectionPoolEntry, _proxy: Any) -> None:  # noqa: ANN401
    moment = time.monotonic()
    if moment - record.info.get(CHECKED_AT, 0.0) < SECONDS_UNCHECKED:
        return
    record.info[CHECKED_AT] = moment
    if record.info.get(OPENED_ON) != _identity(path):
        # Once one has found it, none goes on unchecked.
        raise InvalidatePoolError("another file has taken the place of the database's")


def _identity(path: Path) -> Identity:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
