"""The disk of the database is full while 32 clients press on it: nothing that was told is lost."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import TEMPLATE, MakeApp, missing, on_both_databases
from tests.faults import outages
from tests.faults.drills import drill, nobody_is_told_what_is_not_so, placed
from tests.world import World

pytestmark = [pytest.mark.soak, on_both_databases]

SIZE = 64 << 20
NAME = "on_a_small_disk"


@pytest.fixture
def disk() -> Generator[Path]:
    """A small disk of its own."""
    if os.geteuid():
        missing("Only root can mount a disk that may be filled.")
    with outages.small_disk(SIZE) as disk:
        yield disk


@pytest.fixture
def database_url(request: pytest.FixtureRequest, disk: Path) -> Generator[str]:
    """A migrated database on that disk."""
    if request.param == "sqlite":
        yield databases.copy_sqlite(request.getfixturevalue("migrated_sqlite_file"), disk)
        return
    server = request.getfixturevalue("migrated_postgresql")
    databases.hand_over(disk)
    everywhere = databases.postgresql_url(server, "postgres")
    databases.at_once(everywhere, f"CREATE TABLESPACE {NAME} LOCATION '{disk}'")
    databases.at_once(everywhere, f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE} TABLESPACE {NAME}")
    yield databases.postgresql_url(server, NAME)
    databases.drop_database(server, NAME)
    databases.at_once(everywhere, f"DROP TABLESPACE {NAME}")


def test_a_full_disk_stops_no_visitor_and_loses_nothing(
    make_app: MakeApp, database_url: str, disk: Path, tmp_path: Path
) -> None:
    with placed(World(make_app()), database_url, tmp_path) as place:

        @contextmanager
        def full() -> Generator[None]:
            with outages.full(disk):
                place.waits_for("sender", 400)
                place.waits_for("changer", 40)
                yield

        drill(place, full)
        nobody_is_told_what_is_not_so(place)
        assert place.press.log.told["changer", 503], "there was no room for a change"
