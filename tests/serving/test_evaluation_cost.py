"""What an evaluation asks of the database, of other writers, and of memory."""

import gc
import sys
import tracemalloc
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from app.models import KeyType, Project
from tests.conftest import MakeApp, on_both_databases
from tests.serving.site import Site, make_site, towards
from tests.statements import recorded
from tests.world import World

WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN", "COMMIT", "SAVEPOINT", "LOCK")
SECONDS_TO_ANSWER = 20


@pytest.fixture
def remembering(make_app: MakeApp) -> Site:
    """A site on an application that remembers for as long as it may."""
    return make_site(World(make_app(SECONDS_REMEMBERED="1")))


def evaluate(site: Site, unit: str = "visitor-1") -> list[str]:
    """The statements that evaluations take, one after the other."""
    keys = "SELECT key FROM experiment WHERE project_id = :project"
    key = site.world.execute(keys, project=site.project.id)[0].key
    with recorded(site.world.app) as statements:
        assert site.ask(key, unit).status_code == 200
        assert site.ask_all(unit).status_code == 200
    return statements


def fill(site: Site, count: int) -> None:
    """So many running experiments with goals."""
    for number in range(count):
        site.goal(f"goal-{number}")
        site.experiment(towards(*(f"goal-{each}" for each in range(number + 1))))


def test_while_it_is_fresh_an_evaluation_asks_the_database_nothing(remembering: Site) -> None:
    fill(remembering, 2)
    evaluate(remembering)
    sent = [evaluate(remembering, f"visitor-{number}") for number in range(50)]
    assert sent.count([]) > 25, "once a second it asks whether anything has changed"


def test_while_it_is_fresh_an_evaluation_opens_no_file(make_app: MakeApp) -> None:
    world = World(make_app(SECONDS_REMEMBERED="1", COUNTRY_HEADER="CF-IPCountry"))
    site = make_site(world, KeyType.CLIENT)
    experiment = site.experiment()
    told = {**site.headers, "CF-IPCountry": "DE"}
    site.ask(experiment, "visitor-1", headers=told)
    with opened() as files:
        assert site.ask(experiment, "visitor-2", headers=told).status_code == 200
    assert files == []


@contextmanager
def opened() -> Generator[list[object]]:
    """The files that are opened meanwhile."""
    found, is_open = list[object](), True

    def note(event: str, told: tuple[object, ...]) -> None:
        # Python keeps what it was asked to tell until it ends.
        if is_open and event == "open":
            found.append(told[0])

    sys.addaudithook(note)
    yield found
    is_open = False


@on_both_databases
def test_no_evaluation_ever_writes_or_locks(site: Site) -> None:
    fill(site, 2)
    sent = evaluate(site)
    assert sent
    assert [each for each in sent if each.upper().startswith(WRITES)] == []
    assert [each for each in sent if "FOR " in each.upper() and "UPDATE" in each.upper()] == []


def refreshed(site: Site) -> tuple[int, int]:
    """Return how many statements it takes when the project has changed, and when it has not."""
    evaluate(site)
    site.world.execute("UPDATE project SET version = version + 1")
    return len(evaluate(site)), len(evaluate(site))


def test_a_refresh_takes_as_many_statements_with_8_experiments_as_with_1(world: World) -> None:
    few, many = make_site(world), make_site(world)
    fill(few, 1)
    after_few = refreshed(few)
    fill(many, 8)
    assert refreshed(many) == after_few
    changed, unchanged = after_few
    assert changed <= 2 + 7
    assert unchanged == 2, "one for each of the two evaluations"


@contextmanager
def writer(database_url: str, project: Project) -> Generator[None]:
    """Somebody else's transaction that is writing to the project, and does not end."""
    engine = create_engine(database_url)
    begin = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}[engine.dialect.name]
    lock = "" if engine.dialect.name == "sqlite" else " FOR UPDATE"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(begin))
        connection.execute(text(f"SELECT id FROM project{lock}"))  # noqa: S608
        change = text("UPDATE project SET version = version + 5 WHERE id = :id")
        connection.execute(change, {"id": project.id})
        connection.execute(text("UPDATE api_key SET last_used_at = NULL"))
        yield
        connection.execute(text("ROLLBACK"))
    engine.dispose()


@on_both_databases
def test_an_evaluation_waits_for_no_writer(site: Site, database_url: str) -> None:
    fill(site, 1)
    with ThreadPoolExecutor(1) as pool, writer(database_url, site.project):
        asked = pool.submit(evaluate, site)
        assert asked.result(SECONDS_TO_ANSWER)


@pytest.mark.long
def test_hundreds_of_units_of_one_key_leave_nothing_in_memory(remembering: Site) -> None:
    fill(remembering, 1)
    many(remembering, 150)
    tracemalloc.start()
    try:
        many(remembering, 150)
        before = used()
        many(remembering, 500)
        grown = used() - before
    finally:
        tracemalloc.stop()
    assert grown < 500 * 100, "a unit kept would take 300 bytes"


def many(site: Site, count: int) -> None:
    """Evaluate for so many units that are different, each 256 characters long."""
    key = site.world.execute("SELECT key FROM experiment")[0].key
    for number in range(count):
        assert site.ask(key, f"{id(site)}-{count}-{number}".ljust(256, "u")).status_code == 200


def used() -> int:
    """Return how many bytes are in use."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
