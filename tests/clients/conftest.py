"""A project to evaluate on a running server, and a page of another origin that does so."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.clients import bundle
from tests.clients.setting import Setting, settle
from tests.conftest import missing
from tests.servers import Server, serve
from tests.world import World

HOW_TO_GET_NODE = "Node is not installed: apt-get install nodejs npm"


@pytest.fixture(scope="module")
def world(shared_world: World) -> World:
    """Factories on the database that all tests of a module are on: each has its own project."""
    return shared_world


@pytest.fixture(scope="module")
def database_url(world: World) -> str:
    """Its address."""
    return world.app.config["DATABASE_URL"]


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Server]:
    """A server in whose log nothing went wrong at the end."""
    # One process: each of several would notice a change at a moment of its own.
    with serve(database_url, tmp_path_factory.mktemp("server"), workers=1) as server:
        yield server
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def setting(world: World, server: Server) -> Setting:
    """A project on that server."""
    return settle(world, server.address)


@pytest.fixture(scope="session")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the web provider in it."""
    if not shutil.which("node") or not shutil.which("npm"):
        missing(HOW_TO_GET_NODE)
    return bundle.build(tmp_path_factory.mktemp("openfeature"))


@pytest.fixture(scope="session")
def node_folder(page_folder: Path) -> Path:
    """The folder in which the pinned packages are installed."""
    return page_folder.parent


@pytest.fixture
def origin(page_folder: Path) -> Generator[str]:
    """The origin of that page; not the server's."""
    with bundle.serving(page_folder) as origin:
        yield origin
