"""Files that nobody else on the machine may read: the SQLite database, and what lies beside it."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
# SQLite gives its other files the permissions of the first.
_PARTS = ("", "-wal", "-shm", "-journal")


def keep_private(instance: Path, engine: Engine) -> None:
    """Take the rights of others away from `instance`, what is in it, and the database's files."""
    _restrict(instance, PRIVATE_FOLDER)
    files = [each for each in instance.iterdir() if each.is_file()]
    for path in (*files, *database_files(engine)):
        _restrict(path, PRIVATE_FILE)


def database_files(engine: Engine) -> list[Path]:
    """Return where the files of a SQLite database are, or would be; none on PostgreSQL."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return []
    return [Path(f"{engine.url.database}{part}") for part in _PARTS]


def _restrict(path: Path, most: int) -> None:
    # What belongs to another user is that user's matter; what is gone meanwhile, nobody's.
    with suppress(FileNotFoundError, PermissionError):
        present = path.stat().st_mode & 0o777
        if present & ~most:
            path.chmod(present & most)
