"""Files that nobody else on the machine may read: the SQLite database, and what lies beside it."""

import logging
from pathlib import Path

from sqlalchemy import Engine

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
# SQLite gives its other files the permissions of the first.
_PARTS = ("", "-wal", "-shm", "-journal")

_log = logging.getLogger(__name__)


def keep_private(instance: Path, engine: Engine) -> None:
    """Take the rights of others away from `instance`, what is in it, and the database's files.

    What this user may not change, as another's file, is told in one line of the log.
    """
    files = [each for each in instance.iterdir() if each.is_file()]
    wanted = {instance: PRIVATE_FOLDER}
    wanted |= dict.fromkeys((*files, *database_files(engine)), PRIVATE_FILE)
    if left := [str(path) for path, most in wanted.items() if not _restrict(path, most)]:
        _log.warning("others may read %s: this user cannot change that", ", ".join(left))


def database_files(engine: Engine) -> list[Path]:
    """Return where the files of a SQLite database are, or would be; none on PostgreSQL."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return []
    return [Path(f"{engine.url.database}{part}") for part in _PARTS]


def _restrict(path: Path, most: int) -> bool:
    """Take away what others may, and return whether that is done."""
    try:
        present = path.stat().st_mode & 0o777
        if present & ~most:
            path.chmod(present & most)
    except FileNotFoundError:
        # What is gone meanwhile is nobody's matter.
        return True
    except OSError:
        return False
    return True
