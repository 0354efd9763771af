"""The journal of SQLite grows beside a long reader, and is short again once that has ended."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app import jobs
from app.database import sqlite_journal
from app.database.engine import db
from app.database.transactions import writing
from app.models import now
from tests.world import World


@pytest.fixture
def database(world: World) -> Path:
    """The file of the world's database, with a table to fill."""
    world.execute("CREATE TABLE filling (bytes BLOB)")
    return Path(make_url(world.app.config["SQLALCHEMY_DATABASE_URI"]).database or "")


@contextmanager
def long_reader(database: Path) -> Generator[None]:
    """Somebody outside of the server who goes on reading one state."""
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM project").fetchone()
        yield


def fill(world: World) -> None:
    """Write more than a journal may keep."""
    for _ in range(3):
        world.execute("INSERT INTO filling VALUES (zeroblob(:size))", size=8 << 20)


def length(database: Path) -> int:
    return database.with_name(f"{database.name}-wal").stat().st_size


def test_once_a_long_reader_has_ended_the_next_writers_cut_the_journal(
    world: World, database: Path
) -> None:
    with long_reader(database):
        fill(world)
        assert length(database) > sqlite_journal.MOST_BYTES
    for _ in range(2):
        world.project()
    assert length(database) <= sqlite_journal.MOST_BYTES


def test_where_nobody_writes_the_jobs_cut_it_and_wait_for_no_reader(
    world: World, database: Path
) -> None:
    with world.app.app_context(), long_reader(database):
        fill(world)
        jobs.once(now())
        assert length(database) > sqlite_journal.MOST_BYTES
        with writing() as session:
            (kept,) = session.connection().exec_driver_sql("PRAGMA busy_timeout").one()
    with world.app.app_context():
        jobs.once(now())
        assert length(database) == 0
    assert kept > 0


def test_a_short_journal_is_left_alone(world: World, database: Path) -> None:
    world.project()
    before = length(database)
    with world.app.app_context():
        sqlite_journal.shorten()
        db.session.remove()
    assert length(database) == before > 0
