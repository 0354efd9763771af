"""What is evaluated from memory while the database is away, and what is not."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from app.models import KeyType, Status
from app.serving import memory
from app.serving.memory import Memory
from tests.conftest import MakeApp, on_both_databases
from tests.faults import outages
from tests.serving.site import Site, make_site, saw
from tests.statements import recorded
from tests.watching import until
from tests.world import World

STALE = "Switchyard-Stale"


def site_that_remembers(make_app: MakeApp, **settings: str) -> Site:
    """A site on an application with these settings, which asks the database each time."""
    return make_site(World(make_app(SECONDS_REMEMBERED="0", **settings)))


@contextmanager
def away(database_url: str, site: Site) -> Generator[None]:
    """The database, away; at the end it has answered the application again."""
    with outages.away(database_url):
        outages.reconnect(site.world)
        yield
    experiment = site.world.execute("SELECT key FROM experiment")[0].key
    until(lambda: STALE not in site.ask(experiment, "a").headers)


def memory_of(site: Site) -> Memory:
    """Return what the process remembers."""
    with site.world.app.app_context():
        return memory.of_app()


def renewed(site: Site, remembered: Memory) -> int:
    """Renew what is remembered; with how many statements."""
    with recorded(site.world.app) as statements:
        remembered.renew()
    return len(statements)


@pytest.fixture
def _renewed_at_any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything renewed, however young it is."""
    monkeypatch.setattr(memory, "SECONDS_UNRENEWED", 0)


@pytest.mark.parametrize(("minutes", "status"), [("60", 200), ("0", 503)])
def test_what_was_read_is_good_for_the_time_that_is_set(
    make_app: MakeApp, database_url: str, minutes: str, status: int
) -> None:
    site = site_that_remembers(make_app, STALE_MINUTES=minutes)
    experiment = site.experiment()
    fresh = site.ask(experiment, "a")
    assert STALE not in fresh.headers
    with away(database_url, site):
        answer = site.ask(experiment, "a")
        assert answer.status_code == status
        assert (STALE in answer.headers) == (status == 200)
        assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_flag_that_was_not_found_is_stale_too(make_app: MakeApp, database_url: str) -> None:
    site = site_that_remembers(make_app)
    experiment = site.experiment()
    site.ask(experiment, "a")
    with away(database_url, site):
        answer = site.ask("nothing", "a")
        assert answer.status_code == 404
        assert STALE in answer.headers


def test_an_origin_may_read_for_how_long_it_is_stale(make_app: MakeApp) -> None:
    site = site_that_remembers(make_app)
    path = f"/ofrep/v1/evaluate/flags/{site.experiment().key}"
    answer = site.client.options(path, headers={"Origin": "https://shop.example"})
    assert STALE in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.usefixtures("_renewed_at_any_age")
def test_what_is_remembered_is_renewed_by_one_statement(make_app: MakeApp) -> None:
    site = site_that_remembers(make_app)
    experiment, remembered = site.experiment(), memory_of(site)
    assert renewed(site, remembered) == 0
    for _ in range(3):
        headers = {"Authorization": f"Bearer {site.key(KeyType.SERVER)}"}
        assert site.ask(experiment, "a", headers=headers).status_code == 200
    assert renewed(site, remembered) == 1
    site.world.execute("UPDATE api_key SET revoked_at = '2020-01-01 00:00:00'")
    assert [renewed(site, remembered) for _ in range(2)] == [1, 0]
    assert not remembered.is_any()


def test_what_was_read_a_moment_ago_is_not_renewed(make_app: MakeApp) -> None:
    site = site_that_remembers(make_app)
    site.ask(site.experiment(), "a")
    assert renewed(site, memory_of(site)) == 0


@on_both_databases
@pytest.mark.usefixtures("_renewed_at_any_age")
def test_what_ended_while_nobody_asked_is_not_served_stale(
    make_app: MakeApp, database_url: str
) -> None:
    site = site_that_remembers(make_app)
    experiment, paused = site.experiment(), site.experiment()
    other = {"Authorization": f"Bearer {site.key(KeyType.SERVER)}"}
    for headers in (other, site.headers):
        assert site.ask(paused, "a", headers=headers).status_code == 200
    site.world.revoke(site.project, 2)
    site.walk(paused, Status.STOPPED)
    memory_of(site).renew()
    with away(database_url, site):
        assert site.ask(experiment, "a", headers=other).status_code == 503
        assert site.send(saw(experiment, "a"), headers=other).status_code == 503
        answer = site.ask(paused, "a")
        assert (answer.status_code, STALE in answer.headers) == (404, True)
        assert site.ask(experiment, "a").status_code == 200


@pytest.mark.usefixtures("_renewed_at_any_age")
def test_a_process_renews_what_it_remembers_by_itself(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.serving.renewal.SECONDS_BETWEEN", 0.02)
    site = site_that_remembers(make_app)
    experiment, remembered = site.experiment(), memory_of(site)
    for _ in range(2):
        assert site.ask(experiment, "a").status_code == 200
        site.world.execute("UPDATE api_key SET revoked_at = '2020-01-01 00:00:00'")
        until(lambda: not remembered.is_any())
        site.world.execute("UPDATE api_key SET revoked_at = NULL")


def test_a_key_that_was_seen_to_be_revoked_gets_nothing_stale(
    make_app: MakeApp, database_url: str
) -> None:
    site = site_that_remembers(make_app)
    experiment = site.experiment()
    other = {"Authorization": f"Bearer {site.key(KeyType.SERVER)}"}
    assert site.ask(experiment, "a", headers=other).status_code == 200
    site.world.execute("UPDATE api_key SET revoked_at = '2020-01-01 00:00:00' WHERE id = 2")
    assert site.ask(experiment, "a", headers=other).status_code == 401
    assert site.ask(experiment, "a").status_code == 200
    with away(database_url, site):
        assert site.ask(experiment, "a", headers=other).status_code == 503
        assert site.ask(experiment, "a").status_code == 200


def test_a_read_that_no_thread_could_be_started_for_is_begun_by_the_next_one(
    make_app: MakeApp,
) -> None:
    site = site_that_remembers(make_app)
    experiment = site.experiment()
    other = {"Authorization": f"Bearer {site.key(KeyType.SERVER)}"}
    assert STALE not in site.ask(experiment, "a").headers
    with outages.no_threads():
        assert STALE in site.ask(experiment, "a").headers
        assert site.ask(experiment, "a", headers=other).status_code == 503
    for headers in (site.headers, other):
        answer = site.ask(experiment, "a", headers=headers)
        assert (answer.status_code, STALE in answer.headers) == (200, False)
