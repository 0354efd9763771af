"""The client against a running server: a project with a key, and the command line."""

from collections.abc import Generator
from pathlib import Path

import pytest

from app.models import Project
from tests import databases
from tests.clients.switchyard.job import Job
from tests.lending import Lender
from tests.servers import Server, serve
from tests.world import World


@pytest.fixture(scope="session")
def world_of_jobs(lender: Lender, migrated_sqlite_file: Path) -> Generator[World]:
    """Factories on a database that all tests of the client are on."""
    folder = lender.folder / "of_jobs"
    folder.mkdir()
    with lender.lend(databases.copy_sqlite(migrated_sqlite_file, folder)) as app:
        yield World(app)


@pytest.fixture(scope="session")
def running_server(
    world_of_jobs: World, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """A server in whose log nothing went wrong at the end."""
    url = world_of_jobs.app.config["DATABASE_URL"]
    with serve(url, tmp_path_factory.mktemp("server"), workers=1) as server:
        yield server
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def world(world_of_jobs: World) -> World:
    """Factories on that database: each test has a project of its own."""
    return world_of_jobs


@pytest.fixture
def project(world: World) -> Project:
    """A project whose plan has two slots."""
    return world.project(limit=2)


@pytest.fixture
def job(world: World, running_server: Server, project: Project) -> Job:
    """A job with an admin key of that project."""
    return Job(running_server.address, world.key(project))
