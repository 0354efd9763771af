"""A place to put backups back into."""

from collections.abc import Generator
from pathlib import Path

import pytest

from app.database.engine import db
from tests import databases
from tests.world import World


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Generator[World]:
    """The application on another database of the same kind, in which no table is."""
    if database_url.startswith("sqlite"):
        yield from world_on(f"sqlite:///{tmp_path}/elsewhere.db", tmp_path)
        return
    folder = request.getfixturevalue("postgresql")
    yield from world_on(databases.create_database(folder, "elsewhere"), tmp_path)
    databases.drop_database(folder, "elsewhere")


def world_on(url: str, folder: Path) -> Generator[World]:
    """A world on a database, from which it is cut off at the end."""
    app = databases.migrating(url, folder)
    yield World(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def url_of(world: World) -> str:
    return world.app.config["SQLALCHEMY_DATABASE_URI"]
