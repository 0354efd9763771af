"""A database that one test after another uses is empty each time, and as it was migrated."""

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest

from app.models import Base
from tests.kept_database import KeptDatabase
from tests.lending import Lender
from tests.world import World


class Kept:
    """Such a database, and how often it was replaced."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.database, self.replaced = KeptDatabase(folder, migrated), 0
        self.path = folder / "switchyard.db"

    def empty(self) -> str:
        return self.database.empty(self.note)

    def note(self, _url: str) -> None:
        self.replaced += 1

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture
def kept(tmp_path: Path, migrated_sqlite_file: Path) -> Kept:
    made = Kept(tmp_path / "kept", migrated_sqlite_file)
    made.empty()
    return made


def test_what_is_used_has_no_row_of_before_and_counts_from_one_again(
    kept: Kept, lender: Lender
) -> None:
    for _ in range(2):
        with lender.lend(kept.empty()) as app:
            world = World(app)
            project = world.project()
            world.running(project, 2)
            world.member(project)
        assert project.id == 1
    kept.empty()
    left = {table: kept.execute(f"SELECT * FROM {table}") for table in Base.metadata.tables}  # noqa: S608
    assert [table for table, rows in left.items() if rows] == []
    assert kept.replaced == 1


def test_a_migrated_file_has_no_row_that_would_be_deleted(migrated_sqlite_file: Path) -> None:
    with closing(sqlite3.connect(migrated_sqlite_file)) as connection:
        for table in Base.metadata.tables:
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id INTEGER)",
        "DROP TRIGGER history_is_kept",
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ],
)
def test_where_a_test_has_changed_more_than_rows_the_next_has_another_file(
    kept: Kept, change: str
) -> None:
    kept.execute(change)
    kept.empty()
    assert kept.replaced == 2
    assert kept.execute("SELECT count(*) FROM alembic_version") == [(1,)]
    kept.empty()
    assert kept.replaced == 2


def removed(kept: Kept) -> Generator[None]:
    kept.path.unlink()
    yield


def put_back(kept: Kept) -> Generator[None]:
    kept.path.rename(kept.path.with_name("aside"))
    kept.path.write_bytes(b"")
    yield


def written_to(kept: Kept) -> Generator[None]:
    with closing(sqlite3.connect(kept.path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize("trouble", [removed, put_back, written_to])
def test_where_the_file_is_not_there_or_still_written_to_the_next_has_another(
    kept: Kept, trouble: Callable[[Kept], Generator[None]]
) -> None:
    for _ in trouble(kept):
        kept.empty()
    assert kept.replaced == 2
    assert kept.execute("SELECT count(*) FROM project") == [(0,)]
