"""A site to visit: a server on a database of its own, a world to fill it, and a Chromium."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from app import create_app
from app.database.engine import db
from app.demo import setup
from app.models import Project
from tests import databases
from tests.browser.sites.visits import Visits
from tests.servers import COOKIE, Server, serve
from tests.settings import SECRET_KEY
from tests.world import PASSWORD, World

# A machine that is busy with everything else at once still shows it, only later.
PATIENCE_MILLISECONDS = 20_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)

# What Chromium and htmx report of an answer that is not a success; the pages show those.
EXPECTED = ("Failed to load resource", "Response Status Error Code", "htmx:")


@dataclass
class Site:
    """A running server, the world behind it, and a browser to visit it with."""

    server: Server
    app: Flask
    world: World
    chromium: Browser
    complaints: list[str] = field(default_factory=list)

    def visit(self, email: str, password: str = PASSWORD, **options: object) -> Page:
        """A page still to be led somewhere, in a browser of its own with this user signed in."""
        page = self.stranger(**options)
        session = self.server.session_of(email, password)
        page.context.add_cookies([{"name": COOKIE, "value": session, "url": self.server.address}])
        return page

    def stranger(self, **options: object) -> Page:
        """A page on which nobody has signed in."""
        context: BrowserContext = self.chromium.new_context(
            base_url=self.server.address,
            reduced_motion="reduce",
            **options,  # pyright: ignore[reportArgumentType]
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.on("console", self._note)
        return page

    def open_project(self, email: str, project: Project) -> Page:
        """The page of a project's experiments."""
        page = self.visit(email)
        page.goto(f"/projects/{project.key}")
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)


@pytest.fixture
def visits(chromium: Browser) -> Generator[Visits]:
    """Makes visits to a page with switchyard.js, without any server."""
    made = Visits(chromium)
    yield made
    for context in made.contexts:
        context.close()


@pytest.fixture(scope="session")
def served(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[World, Server]]:
    """An empty world, and a server on it."""
    with _served(migrated_sqlite_file, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def site(chromium: Browser, served: tuple[World, Server]) -> Generator[Site]:
    """A site in which other tests leave their projects and people."""
    with _visited(chromium, *served) as site:
        yield site


@pytest.fixture
def own_site(chromium: Browser, migrated_sqlite_file: Path, tmp_path: Path) -> Generator[Site]:
    """An empty site, for a test that breaks it or counts all that is there."""
    with (
        _served(migrated_sqlite_file, tmp_path) as served,
        _visited(chromium, *served) as site,
    ):
        yield site


@pytest.fixture(scope="session")
def demo_sqlite_file(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo data, to be copied."""
    folder = tmp_path_factory.mktemp("demo_template")
    url = databases.copy_sqlite(migrated_sqlite_file, folder)
    with _application(url, folder) as app, app.app_context():
        setup.load()
    return folder / "switchyard.db"


@pytest.fixture(scope="module")
def demo_site(
    chromium: Browser, demo_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Site]:
    """A site with the demo data, for tests that only look."""
    with (
        _served(demo_sqlite_file, tmp_path_factory.mktemp("demo")) as served,
        _visited(chromium, *served) as site,
    ):
        yield site


@pytest.fixture
def own_demo_site(chromium: Browser, demo_sqlite_file: Path, tmp_path: Path) -> Generator[Site]:
    """A site with the demo data, for a test that changes them."""
    with (
        _served(demo_sqlite_file, tmp_path) as served,
        _visited(chromium, *served) as site,
    ):
        yield site


@contextmanager
def _served(template: Path, folder: Path) -> Generator[tuple[World, Server]]:
    url = databases.copy_sqlite(template, folder)
    with _application(url, folder) as app, serve(url, folder, workers=1) as server:
        yield World(app), server


@contextmanager
def _application(url: str, folder: Path) -> Generator[Flask]:
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, folder / "instance")
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def _visited(chromium: Browser, world: World, server: Server) -> Generator[Site]:
    site = Site(server, world.app, world, chromium)
    yield site
    assert site.complaints == [], "the browser complained of an error or of the policy"
    for context in chromium.contexts:
        context.close()
