"""Events that are kept: how many, judged when, and recorded in which order."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from app import jobs
from app.core.days import day_of
from app.events import not_counted
from app.events.kept import keeping, kept_events
from app.events.kept.keeping import Part
from app.events.records import JudgedConversion, JudgedExposure
from app.events.units import hashed
from app.models import Experiment, Status, now
from app.serving import memory
from app.serving.running_experiments import Live
from app.tenancy import projects
from tests.conftest import MakeApp, on_both_databases
from tests.events import audit
from tests.faults import outages
from tests.serving.site import Site, did, make_site, saw, towards
from tests.watching import until
from tests.world import COMMAND_LINE, World

Counted = tuple[dict[int, int], int]


@pytest.fixture(autouse=True)
def _kept_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no test wait for long until events that nobody can record are kept."""
    monkeypatch.setattr("app.events.group_commits.SECONDS_TO_RECORD", 0.5)


@pytest.fixture
def site(make_app: MakeApp) -> Site:
    """A site that keeps its events in a file of its own, of a megabyte."""
    site = make_site(World(make_app(KEPT_EVENTS_MB="1")))
    site.goal("order")
    return site


def counted(site: Site, experiment: Experiment) -> Counted:
    """The visitors by run, and the orders."""
    orders = audit.converted(site.world, experiment)
    return audit.exposed(site.world, experiment), sum(row.conversions for row in orders)


def is_recorded(site: Site) -> Callable[[], bool]:
    """Return whether nothing is kept any more."""
    with site.world.app.app_context():
        kept = kept_events.of_app()
    return lambda: not kept.is_any()


def seen(site: Site) -> dict[str, int]:
    """Return what Install shows of what was not counted, by reason."""
    with site.world.app.app_context():
        return {each.reason: each.number for each in not_counted.of_late(site.project.id)}


def is_any_set_aside(site: Site) -> bool:
    """Return whether any events have been set aside."""
    with site.world.app.app_context():
        return kept_events.of_app().is_any_set_aside()


def give_another_variant(site: Site, position: int) -> None:
    """Give the only run a variant at a position that it had none at."""
    site.world.execute(
        "INSERT INTO variant (run_id, position, key, name, weight, value)"
        " SELECT run_id, :at, 'another', 'Another', 0, value FROM variant WHERE position = 0",
        at=position,
    )


def keep(
    site: Site,
    moment: datetime,
    exposed: Mapping[str, int] | None = None,
    ordered: tuple[str, ...] = (),
    salt: str = "",
) -> None:
    """Keep events of the only run, as if they had come at that moment."""
    with site.world.app.app_context():
        known = memory.of_app().known(site.token)
        (live,) = known.running.experiments.values()
        goal_id, run_id = known.running.goal_ids["order"], live.run_id
        unit_salt = known.running.unit_salt
        saw = [
            JudgedExposure(run_id, hashed(unit_salt, unit), at)
            for unit, at in (exposed or {}).items()
        ]
        done = [JudgedConversion(run_id, goal_id, hashed(unit_salt, unit)) for unit in ordered]
        salted = Live(**{**vars(live), "salt": salt or live.salt})
        keeping.keep(known.key, moment, [salted], Part(saw, done, len(saw) + len(done)))


@pytest.mark.long
def test_what_no_room_is_left_for_is_503_and_what_was_kept_is_recorded(
    site: Site, database_url: str
) -> None:
    experiment = site.experiment(towards("order"))
    answers = []
    with outages.locked(database_url):
        while not answers or answers[-1].status_code == 202:
            first = len(answers) * 500
            events = [saw(experiment, f"visitor-{first + number}") for number in range(500)]
            answers.append(site.send(*events))
    full = answers.pop()
    assert full.status_code == 503
    assert full.headers["Retry-After"] == "5"
    assert "no room to keep events" in (full.json or {})["error"]
    assert len(answers) > 10
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: len(answers) * 500}, 0)
    assert site.collect(saw(experiment, "later")) == (1, [])
    assert audit.misfits(database_url) == []


@pytest.mark.long
def test_a_project_that_floods_leaves_room_for_the_events_of_another(
    site: Site, database_url: str
) -> None:
    flooding, other = site.experiment(), make_site(site.world)
    quiet = other.experiment()
    assert other.ask(quiet, "a").status_code == 200
    with outages.locked(database_url):
        while True:
            if site.send(*(saw(flooding, f"{number}") for number in range(500))).status_code == 503:
                break
        assert [other.send(saw(quiet, f"{number}")).status_code for number in range(200)] == (
            [202] * 200
        )
        assert site.send(saw(flooding, "one more")).status_code == 503
    until(is_recorded(site))
    assert counted(other, quiet) == ({1: 200}, 0)
    assert site.collect(saw(flooding, "later")) == (1, [])


def test_no_events_are_kept_where_none_are_to_be(make_app: MakeApp, database_url: str) -> None:
    site = make_site(World(make_app(KEPT_EVENTS_MB="0")))
    experiment = site.experiment()
    with outages.locked(database_url):
        assert site.send(saw(experiment, "a")).status_code == 503


def test_what_is_kept_is_judged_as_it_was_when_it_came(site: Site, database_url: str) -> None:
    experiment, paused = (site.experiment(towards("order")) for _ in range(2))
    site.walk(paused, Status.STOPPED)
    assert site.ask(experiment, "a").status_code == 200
    with outages.nothing_recorded(site.world):
        with outages.locked(database_url):
            answer = site.send(
                saw(experiment, "a"), saw(paused, "a"), did("order", "a"), did("other", "a"), {}
            )
        assert answer.json
        dropped = [(each["index"], each["reason"]) for each in answer.json["dropped"]]
        assert (answer.json["accepted"], answer.json["kept"]) == (0, 2)
        assert dropped == [(1, "not_running"), (3, "unknown"), (4, "malformed")]
        site.walk(experiment, Status.STOPPED)
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 1)
    assert counted(site, paused) == ({}, 0)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_event_counts_on_the_day_on_which_it_came(
    site: Site, database_url: str, zone: str
) -> None:
    with site.world.app.app_context():
        projects.set_time_zone(site.project.id, zone, COMMAND_LINE)
    site.experiment(towards("order"))
    before, moment = now() - timedelta(days=1), now()
    with outages.nothing_recorded(site.world):
        keep(site, before, {"a": 0, "b": 0}, ("a",))
        keep(site, moment, {"a": 0, "c": 1}, ("b",))
    until(is_recorded(site))
    rows = site.world.execute("SELECT day, position, visitors FROM daily_visitors ORDER BY 1, 2")
    found = [(str(row.day), row.position, row.visitors) for row in rows]
    assert found == [(str(day_of(before, zone)), 0, 2), (str(day_of(moment, zone)), 1, 1)]
    assert audit.misfits(database_url) == []


def test_what_comes_before_its_exposure_in_a_request_that_is_kept_does_not_count(
    site: Site, database_url: str
) -> None:
    experiment = site.experiment(towards("order"))
    assert site.collect(saw(experiment, "a")) == (1, [])
    with outages.locked(database_url):
        answer = site.send(
            did("order", "a"), did("order", "b"), saw(experiment, "a"), saw(experiment, "b")
        )
    assert answer.json
    assert answer.json["kept"] == 4
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 1)


def test_of_a_request_that_cannot_be_kept_whole_nothing_is_kept(
    site: Site, database_url: str
) -> None:
    experiment = site.experiment(towards("order"))
    assert site.ask(experiment, "a").status_code == 200
    with site.world.app.app_context():
        kept = kept_events.of_app()
    assert kept.oldest(1) == []
    with closing(sqlite3.connect(kept.path)) as file, file:
        file.execute(
            "CREATE TRIGGER no_second BEFORE INSERT ON batch"
            " WHEN EXISTS (SELECT 1 FROM batch) BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with outages.nothing_recorded(site.world), outages.locked(database_url):
        assert site.send(did("order", "a"), saw(experiment, "a")).status_code == 503
        assert kept.state().kept == 0


def test_a_conversion_that_came_before_its_exposure_does_not_count(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    with outages.nothing_recorded(site.world):
        keep(site, now(), ordered=("a", "b"))
        keep(site, now(), {"a": 0, "b": 0})
        keep(site, now(), ordered=("b",))
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 1)


def test_what_is_recorded_twice_counts_once(site: Site, database_url: str) -> None:
    experiment = site.experiment(towards("order"))
    for _ in range(2):
        keep(site, now(), {"a": 0}, ("a",))
        until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 1)
    assert audit.misfits(database_url) == []


def test_events_of_a_run_that_is_gone_are_not_counted_for_another(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    keep(site, now(), {"a": 0}, salt="of a run of an abandoned state")
    keep(site, now(), {"b": 0})
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 0)


@on_both_databases
def test_what_came_after_its_key_was_revoked_is_not_counted(site: Site) -> None:
    experiment, soon = site.experiment(towards("order")), now() + timedelta(hours=1)
    with outages.nothing_recorded(site.world):
        keep(site, now(), {"a": 0}, ("a",))
        keep(site, soon, {"b": 0}, ("a", "b"))
        site.world.revoke(site.project, 1)
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 1)
    (key,) = site.world.execute("SELECT last_used_at <= revoked_at AS is_so FROM api_key")
    assert key.is_so


def test_what_came_while_its_experiment_was_paused_is_not_counted(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    live = now()
    site.walk(experiment, Status.STOPPED)
    paused = now()
    site.walk(experiment, Status.RUNNING)
    with outages.nothing_recorded(site.world):
        keep(site, live, {"a": 0})
        keep(site, paused, {"b": 0}, ("a",))
        keep(site, now(), {"c": 0}, ("c",))
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 1)


def test_what_does_not_count_when_it_is_recorded_is_seen_on_install(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    site.walk(experiment, Status.STOPPED)
    paused = now()
    site.walk(experiment, Status.RUNNING)
    with outages.nothing_recorded(site.world):
        keep(site, paused, {"b": 0}, ("a",))
        keep(site, now(), {"c": 0}, ("c", "d"))
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 1)
    until(lambda: seen(site) == {"not_running": 2, "not_exposed": 1})


def test_what_came_after_a_swap_is_not_counted_for_what_was_paused(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    draft = site.experiment(towards("order"), Status.DRAFT)
    with outages.nothing_recorded(site.world):
        keep(site, now(), {"a": 0})
        keep(site, now() + timedelta(hours=1), {"b": 0})
        site.world.swap(draft, experiment)
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 0)


def test_what_came_after_a_later_run_began_is_not_counted_for_the_earlier(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    with outages.nothing_recorded(site.world):
        keep(site, now(), {"a": 0})
        keep(site, now() + timedelta(hours=1), {"b": 0})
        site.walk(experiment, Status.STOPPED, Status.DRAFT)
        site.world.redesign(experiment, towards("order", traffic_allocation=5000))
        site.walk(experiment, Status.RUNNING)
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 1}, 0)


def test_what_can_never_be_recorded_is_set_aside_and_holds_up_nothing(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    with outages.nothing_recorded(site.world):
        keep(site, now(), {"a": 0})
        keep(site, now(), {"b": 7})
        keep(site, now(), {"c": 0})
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 0)
    assert site.collect(saw(experiment, "d")) == (1, [])
    assert is_any_set_aside(site)


def test_what_was_set_aside_is_tried_again_each_hour(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    keep(site, now(), {"a": 2}, ("a",))
    until(lambda: is_any_set_aside(site))
    with site.world.app.app_context():
        jobs.once(now())
        assert kept_events.of_app().is_any_set_aside()
        give_another_variant(site, 2)
        jobs.once(now())
        assert counted(site, experiment) == ({}, 0)
        jobs.once(now() + timedelta(hours=1))
    assert counted(site, experiment) == ({1: 1}, 1)
    assert not is_any_set_aside(site)


@on_both_databases
def test_nothing_is_set_aside_for_what_is_wrong_with_the_tables(
    site: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = site.experiment(towards("order"))
    with outages.nothing_recorded(site.world):
        keep(site, now(), {"a": 0})
        keep(site, now(), {"b": 0})
        site.world.execute("ALTER TABLE daily_visitors RENAME COLUMN last_at TO came_later")
    until(lambda: "recording kept events: not done" in caplog.text)
    assert not is_recorded(site)()
    site.world.execute("ALTER TABLE daily_visitors RENAME COLUMN came_later TO last_at")
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 0)
    assert audit.misfits(database_url) == []


def test_events_that_no_thread_could_be_started_for_are_recorded_with_the_next(site: Site) -> None:
    experiment = site.experiment(towards("order"))
    assert site.ask(experiment, "a").status_code == 200
    with outages.no_threads():
        keep(site, now(), {"a": 0})
    assert not is_recorded(site)()
    keep(site, now(), {"b": 0})
    until(is_recorded(site))
    assert counted(site, experiment) == ({1: 2}, 0)
