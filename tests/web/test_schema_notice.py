"""What a server says of the database's tables when it starts, in one line of its log."""

import logging
from pathlib import Path

import pytest

from app import create_app
from app.database import schema
from app.web import schema_notice
from app.web.request_kinds import Kind
from tests import servers
from tests.conftest import MakeApp
from tests.settings import SECRET_KEY
from tests.statements import places_of_connections
from tests.watching import until
from tests.world import World


@pytest.mark.parametrize(
    ("version", "level", "words"),
    [
        (schema.known()[-1], logging.INFO, "up to date"),
        ("0001", logging.ERROR, "run flask --app wsgi db upgrade"),
        ("9999", logging.WARNING, "goes on serving"),
    ],
)
def test_a_server_says_how_the_tables_fit(
    world: World, caplog: pytest.LogCaptureFixture, version: str, level: int, words: str
) -> None:
    world.execute("UPDATE alembic_version SET version_num = :version", version=version)
    schema_notice.begin(world.app).join()
    (record,) = caplog.records
    assert record.levelno == level
    assert words in record.getMessage()


def test_each_worker_of_a_server_says_it_once(database_url: str, tmp_path: Path) -> None:
    with servers.serve(database_url, tmp_path, workers=2) as server:
        until(lambda: server.log.read_text().count("up to date") == 2)
        server.stop()
    assert server.log.read_text().count("tables") == 2


def test_the_tables_are_looked_at_from_a_place_of_those_that_read(make_app: MakeApp) -> None:
    app = make_app(DATABASE_CONNECTIONS="4")
    with places_of_connections(app, Kind.READING) as at_places:
        schema_notice.begin(app).join()
    assert at_places == [True]


def test_it_starts_without_a_database_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/switchyard.db"
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, tmp_path)
    schema_notice.begin(app).join()
    assert [record.getMessage() for record in caplog.records] == [
        "The version of the database's tables cannot be read now."
    ]
