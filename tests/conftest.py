"""Fixtures: an application on each real database, and a world to test in."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.extensions import db
from tests import databases
from tests.world import World

TEMPLATE = "switchyard_template"


def missing(reason: str) -> None:
    """Skip the test for want of a binary; where skips count as failures, fail it."""
    if os.environ.get("SKIPS_ARE_FAILURES"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    databases.migrate(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgresql() -> Generator[str]:
    """The folder of a running PostgreSQL server."""
    if not databases.find_postgresql():
        missing(databases.HOW_TO_GET_POSTGRESQL)
    with databases.postgresql_server() as folder:
        yield folder


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The server's folder, with a migrated template database on it."""
    url = databases.create_database(postgresql, TEMPLATE)
    databases.migrate(url, tmp_path_factory.mktemp("postgresql"))
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """The address of a migrated, empty database of the test's own, on each kind in turn."""
    if request.param == "sqlite":
        copy = tmp_path / "switchyard.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite_file"), copy)
        yield f"sqlite:///{copy}"
        return
    folder = request.getfixturevalue("migrated_postgresql")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    yield databases.create_database(folder, name, TEMPLATE)
    databases.drop_database(folder, name)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Generator[Flask]:
    """The application on a database of the test's own."""
    app = create_app({"DATABASE_URL": database_url, "SECRET_KEY": "test"}, tmp_path / "instance")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An API client: no cookies kept, no session."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def world(app: Flask) -> World:
    """Factories on that application."""
    return World(app)
