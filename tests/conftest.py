"""Fixtures: an application on a real database, and a world to test in.

A test runs on SQLite. One that asks the database something of its own, such as a lock, a race, a
constraint, a migration or SQL whose dialects differ, says `@on_both_databases` and runs on
PostgreSQL too.
"""

import gc
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, sync_playwright

from app.accounts import passwords
from app.core import metrics
from tests import databases, servers
from tests.lending import Lender
from tests.world import PASSWORD_HASH, QUICK_HASHER, World

HOW_TO_GET_CHROMIUM = "Chromium is not installed: apt-get install chromium-headless-shell"
# The first is the same without windows, and takes a third of the CPU.
CHROMIUM = ("chromium-headless-shell", "chromium")
# What visitors do is counted, and what browsers do that say they are led by a program is not.
LIKE_A_PERSONS = [
    "--no-sandbox",
    "--disable-blink-features=AutomationControlled",
    "--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36",
]
TEMPLATE = "switchyard_template"
# Fixtures that start programs.
STARTING = frozenset({"chromium", "server"})
# How many objects are made between two looks for garbage, and looks between two thorough ones.
SELDOM = 50_000, 20, 50

MakeApp = Callable[..., Flask]

on_both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
shared_on_both_databases = pytest.mark.parametrize(
    "shared_world", ["sqlite", "postgresql"], indirect=True
)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def pytest_configure() -> None:
    """Keep the files of tests in memory where there is room, as PostgreSQL's.

    Nothing is garbage until all tests are there.
    """
    gc.disable()
    if place := databases.memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what starts programs, for `make check` to leave out."""
    for item in items:
        if isinstance(item, pytest.Function) and _starts_programs(item):
            item.add_marker(pytest.mark.programs)


def pytest_collection_finish() -> None:
    """Have Python look for garbage seldom, and not among what stays until the end of the run.

    There are thousands of tests and all modules, which it would go through again and again.
    """
    gc.freeze()
    gc.set_threshold(*SELDOM)
    gc.enable()


def pytest_unconfigure() -> None:
    """Look for garbage once at the end: pytest looks five times, which finds what nobody closed."""
    gc.collect()
    gc.freeze()


def _starts_programs(item: pytest.Function) -> bool:
    """Return whether a test needs PostgreSQL, Chromium or a server, or lies beside those."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return (
        any(isinstance(each, str) and each == "postgresql" for each in parameters)
        or not STARTING.isdisjoint(item.fixturenames)
        or item.path.parent.name in {"docs", "deploy", "switchyard"}
        or _names_servers(item.module)
    )


@cache
def _names_servers(module: ModuleType) -> bool:
    return any(_is_of_servers(each) for each in vars(module).values())


def _is_of_servers(value: object) -> bool:
    return value is servers or getattr(value, "__module__", "") == servers.__name__


def rounds(usual: int, soak: int) -> pytest.MarkDecorator:
    """Return how many `rounds` a proof goes through: few in every run, many in `make soak`."""
    return pytest.mark.parametrize("rounds", [usual, pytest.param(soak, marks=pytest.mark.soak)])


def missing(reason: str) -> None:
    """Skip the test for want of a binary; where skips count as failures, fail it."""
    if os.environ.get("SKIPS_ARE_FAILURES"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _nothing_renewed_by_itself() -> Generator[None]:
    """Have no thread ask the database of a test that is over, or that counts what is asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.serving.renewal.SECONDS_BETWEEN", 3600)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tried_again_soon() -> Generator[None]:
    """Have no test wait out the pause before what the database has kept away is tried again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.events.kept.keeping.SECONDS_BETWEEN", 0.05)
        patch.setattr("app.events.not_counted.SECONDS_BETWEEN", 0.05)
        patch.setattr("app.serving.visitor_sample.SECONDS_BETWEEN", 0.05)
        patch.setattr("app.database.background_reads.SECONDS_BETWEEN", 0.05)
        yield


@pytest.fixture(scope="session", autouse=True)
def _passwords_hashed_quickly() -> Generator[None]:
    """Have no test wait for a hash that is slow on purpose, but the one that says how slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", QUICK_HASHER)
        patch.setattr(passwords, "NOBODYS_HASH", PASSWORD_HASH)
        yield


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


@pytest.fixture(scope="session", autouse=True)
def _counting(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the process count in a folder that outlives each test: it counts in one alone."""
    metrics.of_process.count_in(tmp_path_factory.mktemp("counts"))
    assert metrics.of_process.counters()


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once in a test run, not once in each application."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def lender(
    tmp_path_factory: pytest.TempPathFactory, compiled_templates: FileSystemBytecodeCache
) -> Lender:
    """Lends applications, which it keeps for as long as the run goes on."""
    return Lender(tmp_path_factory.mktemp("lent"), compiled_templates)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, lender: Lender) -> Generator[str]:
    """The address of a migrated, empty database of the test's own, on SQLite if none is named.

    The address is that of the test before, its rows are not there.
    """
    with _database(request, lender, "of_a_test") as url:
        yield url


@contextmanager
def _database(request: pytest.FixtureRequest, lender: Lender, name: str) -> Generator[str]:
    if getattr(request, "param", "sqlite") == "sqlite":
        yield lender.empty_sqlite(name, request.getfixturevalue("migrated_sqlite_file"))
        return
    # The next one takes its place, on the connection that makes it.
    yield databases.create_database(request.getfixturevalue("migrated_postgresql"), name, TEMPLATE)


@pytest.fixture
def make_app(lender: Lender, database_url: str) -> Generator[MakeApp]:
    """Makes the application, with settings as the environment gives them, on that database."""
    with ExitStack() as borrowed:
        yield lambda **settings: borrowed.enter_context(lender.lend(database_url, **settings))


def asked_for(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that a test asks for by its markers."""
    is_kept = request.node.get_closest_marker("visitor_sample") is not None
    return {"VISITOR_SAMPLE": "yes"} if is_kept else {}


@pytest.fixture
def app(request: pytest.FixtureRequest, lender: Lender, database_url: str) -> Generator[Flask]:
    """The application on a database of the test's own; some tests ask for a sample of visitors."""
    with lender.lend(database_url, **asked_for(request)) as app:
        yield app


@pytest.fixture
def migrating_app(database_url: str, tmp_path: Path) -> Generator[Flask]:
    """The application on a database of the test's own, whose migrations may be gone through."""
    with databases.gone_through(database_url, tmp_path) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """An API client: no cookies kept, no session."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def world(app: Flask) -> World:
    """Factories on that application."""
    return World(app)


@pytest.fixture(scope="module")
def shared_world(request: pytest.FixtureRequest, lender: Lender) -> Generator[World]:
    """Factories on one application for all tests of a module: each makes what is its own."""
    with _database(request, lender, "of_a_module") as url, lender.lend(url) as app:
        yield World(app)


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser]:
    """A headless Chromium."""
    binary = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if not binary:
        missing(HOW_TO_GET_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=LIKE_A_PERSONS)
        yield browser
        browser.close()
