"""The journal of SQLite, which grows beside a long reader and by itself never shrinks."""

from app.core.private_files import database_files
from app.database.engine import db

MOST_BYTES = 16 << 20
# Cut to this by whoever writes first after all of it has gone into the database.
LIMIT = f"PRAGMA journal_size_limit = {MOST_BYTES}"


def shorten() -> None:
    """Give a long journal's room back where nobody reads or writes any more; wait for nobody.

    Writers do it themselves, as long as there are any.
    """
    if not _is_long():
        return
    with db.engine.connect() as connection:
        driver = connection.connection
        (usual,) = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            # The first locks nobody out while it copies, and leaves the second little to do.
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            driver.execute(f"PRAGMA busy_timeout = {usual}")


def _is_long() -> bool:
    journal = [path for path in database_files(db.engine) if path.name.endswith("-wal")]
    return any(path.exists() and path.stat().st_size > MOST_BYTES for path in journal)
