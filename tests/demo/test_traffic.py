"""`flask demo-traffic`: simulated visitors through the doors of a real server."""

import json
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from app.database.engine import db
from app.demo import setup
from app.models import Experiment
from tests import command_line, databases
from tests.servers import Server, serve
from tests.settings import SECRET_KEY
from tests.world import World

NOTICING_AT_ONCE = {"SECONDS_REMEMBERED": "0"}


@pytest.fixture(scope="module")
def served(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[World, Server]]:
    """A server with the demo, and the world behind it."""
    folder = tmp_path_factory.mktemp("traffic")
    url = databases.copy_sqlite(migrated_sqlite_file, folder)
    settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, **NOTICING_AT_ONCE}
    world = World(create_app(settings, folder))
    with world.app.app_context():
        setup.load()
    with serve(url, folder, workers=1, environment=NOTICING_AT_ONCE) as server:
        yield world, server
    with world.app.app_context():
        db.engine.dispose()


def sent(world: World, address: str, visitors: int) -> Result:
    arguments = ("demo-traffic", "--visitors", str(visitors), "--address", address)
    return command_line.run(world, *arguments)


def complained(world: World, address: str) -> str:
    arguments = ("demo-traffic", "--visitors", "10", "--address", address)
    return command_line.complaint(world, *arguments)


def counted(world: World, table: str) -> int:
    (row,) = world.execute(
        f"SELECT count(*) FROM {table} c JOIN run ON run.id = c.run_id"  # noqa: S608
        " JOIN experiment USING (test_id) WHERE key = 'buy-button'"
    )
    return row[0]


def start(world: World) -> None:
    with world.app.app_context():
        experiment = db.session.query(Experiment).filter_by(key="buy-button").one()
        db.session.expunge(experiment)
    world.start(experiment)


def test_it_says_what_to_start_then_sends_visitors_and_the_server_counts_them(
    served: tuple[World, Server],
) -> None:
    world, server = served
    told = complained(world, server.address)
    assert f"start it first: {server.address}/projects/demo-corner-shop" in told

    start(world)
    result = sent(world, server.address, 250)
    assert (result.exit_code, result.stderr) == (0, "Visitors\n")
    report = json.loads(result.stdout)
    assert list(report) == ["visitors", "exposed", "conversions", "dropped"]
    assert (report["visitors"], report["exposed"], report["dropped"]) == (250, 250, 0)
    assert counted(world, "exposure") == 250
    assert counted(world, "conversion") == report["conversions"] > 0
    positions = world.execute(
        "SELECT DISTINCT position FROM exposure JOIN run ON run.id = run_id"
        " JOIN experiment USING (test_id) WHERE key = 'buy-button'"
    )
    assert {row[0] for row in positions} == {0, 1}

    again = json.loads(sent(world, server.address, 1).stdout)
    assert again["visitors"] == 1
    assert counted(world, "exposure") == 251


def test_no_server_is_one_line(served: tuple[World, Server]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert f"No server answers at {address}" in complained(served[0], address)


@pytest.mark.parametrize("address", ["nowhere", "http://127.0.0.1:port", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_one_line(served: tuple[World, Server], address: str) -> None:
    assert address in complained(served[0], address)


def test_a_server_that_is_no_switchyard_is_one_line(served: tuple[World, Server]) -> None:
    world, server = served
    assert "404" in complained(world, f"{server.address}/elsewhere")


def test_without_the_demo_it_says_how_to_load_it(world: World) -> None:
    world.project()
    assert "flask --app wsgi demo loads it" in complained(world, "http://127.0.0.1:1")


def test_a_server_without_this_demo_is_one_line(
    served: tuple[World, Server], migrated_sqlite_file: Path, tmp_path: Path
) -> None:
    url = databases.copy_sqlite(migrated_sqlite_file, tmp_path)
    with serve(url, tmp_path, workers=1) as other:
        told = complained(served[0], other.address)
    assert "401" in told


@pytest.mark.parametrize("visitors", [0, -1, 100_001])
def test_a_number_of_visitors_that_makes_no_sense_is_one_line(
    served: tuple[World, Server], visitors: int
) -> None:
    result = sent(served[0], served[1].address, visitors)
    assert result.exit_code != 0
    assert result.stderr.count("\n") == 1


def test_a_server_that_only_answers_loads_no_http_client() -> None:
    script = "import sys, app; print('httpx' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "False\n"
