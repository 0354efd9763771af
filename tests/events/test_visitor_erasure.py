"""What is kept of visitors is erased: of one who asks for it, and of all once it is old."""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Row, text

from app import jobs
from app.core import waiting
from app.core.errors import Busy
from app.events import units, visitor_erasure
from app.events.kept import keeping, kept_events
from app.events.kept.judged import Judged
from app.events.records import JudgedConversion, JudgedExposure
from app.experiments import history
from app.experiments.designs import Design
from app.experiments.history_places import Filters
from app.experiments.measures import Measure
from app.models import (
    CauseKind,
    Door,
    Experiment,
    GoalKind,
    Project,
    ProjectEntry,
    ProjectKind,
    Role,
    Status,
    now,
)
from app.tenancy import project_erasure, projects
from tests import audit, statements
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases, on_postgresql
from tests.events.test_lock_order import race
from tests.faults import outages
from tests.pages.reading import flashed, page
from tests.serving.site import Site, adding_up, did, make_site, saw, towards
from tests.watching import until
from tests.world import COMMAND_LINE, World

MONTH = timedelta(days=30)


@pytest.fixture
def site(world: World) -> Site:
    """A site that counts every order."""
    site = make_site(world)
    site.goal("order", Measure(GoalKind.COUNT))
    return site


def seen_by(site: Site, *visitors: str) -> Experiment:
    """A live experiment whose visitors have all ordered."""
    experiment = site.experiment(Design(goals=adding_up("order")))
    for each in visitors:
        assert site.collect(saw(experiment, each), did("order", each, value=2, id="1")) == (2, [])
    return experiment


def rows(world: World, experiment: Experiment) -> tuple[int, int]:
    """Return how many visitors and conversions are kept of an experiment."""
    ((seen, converted),) = (
        tuple(row)
        for row in world.execute(
            "WITH its AS (SELECT id FROM run WHERE test_id = :id)"
            " SELECT (SELECT count(*) FROM exposure WHERE run_id IN (SELECT id FROM its)),"
            " (SELECT count(*) FROM conversion WHERE run_id IN (SELECT id FROM its))",
            id=experiment.test_id,
        )
    )
    return seen, converted


def sums(world: World) -> list[Sequence[Row[object]]]:
    """All sums of days."""
    tables = ("daily_visitors", "daily_conversions")
    return [world.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables]  # noqa: S608


def deleted(world: World, experiment: Experiment) -> bool:
    """Return whether it is said of an experiment that its visitors' rows are deleted."""
    found = world.execute(
        "SELECT rows_deleted_at FROM run WHERE test_id = :id", id=experiment.test_id
    )
    return all(row.rows_deleted_at for row in found)


@on_both_databases
def test_all_that_is_kept_of_a_visitor_goes_and_the_sums_stay(site: Site, world: World) -> None:
    over = seen_by(site, "ada", "bob")
    site.walk(over, Status.STOPPED, Status.ARCHIVED)
    live = seen_by(site, "ada", "cleo")
    before = sums(world)
    erased = printed(world, "visitor", "erase", site.project.key, "ada")
    assert erased == {"project": site.project.key, "exposures": 2, "conversions": 2, "kept": 0}
    assert (rows(world, over), rows(world, live)) == ((1, 1), (1, 1))
    assert world.execute("SELECT count(*) FROM goal_event") == [(2,)]
    assert sums(world) == before


def test_a_visitors_rows_are_found_by_their_whole_keys(site: Site, world: World) -> None:
    seen_by(site, "ada")
    with statements.recorded(world.app) as sent:
        printed(world, "visitor", "erase", site.project.key, "ada")
    deleting = [each.replace("?", "1") for each in sent if each.startswith("DELETE FROM")]
    plans = [world.execute(f"EXPLAIN QUERY PLAN {each}")[0].detail for each in deleting]
    assert plans == [
        "SEARCH sampled_visitor USING INDEX sqlite_autoindex_sampled_visitor_1"
        " (project_id=? AND place=?)",
        "SEARCH goal_event USING PRIMARY KEY (run_id=? AND goal_id=? AND unit=?)",
        "SEARCH conversion USING PRIMARY KEY (run_id=? AND goal_id=? AND unit=?)",
        "SEARCH exposure USING PRIMARY KEY (run_id=? AND unit=?)",
    ]


def entries(world: World, project: Project) -> list[ProjectEntry]:
    """Return what the history says of the project itself, oldest first."""
    with world.app.app_context():
        page = history.listed(project.id, Filters(kinds=tuple(ProjectKind)))
    return [each for each in reversed(page.entries) if isinstance(each, ProjectEntry)]


@on_both_databases
def test_history_says_who_had_a_visitor_erased_and_how_much_but_not_whom(
    site: Site, world: World
) -> None:
    seen_by(site, "ada-of-accounts", "bob")
    ((salt,),) = world.execute("SELECT unit_salt FROM project")
    owner = world.person(world.member(site.project, Role.OWNER))
    with world.app.app_context():
        for _ in range(2):
            visitor_erasure.erase(site.project.id, "ada-of-accounts", owner)
    (erased,) = entries(world, site.project)
    assert (erased.kind, erased.user_id, erased.door) == (
        ProjectKind.VISITOR_ERASED,
        owner.user_id,
        owner.door,
    )
    assert erased.counts == {"exposures": 1, "conversions": 1, "kept": 0}
    kept = str(world.execute("SELECT * FROM project_entry"))
    assert "ada-of-accounts" not in kept
    assert units.hashed(salt, "ada-of-accounts") not in kept
    browser = world.browser(world.member(site.project))
    shown = page(browser.get(f"/projects/{site.project.key}/history?kind=erased")).text
    assert "A visitor erased: 1 exposure, 1 conversion" in shown


@on_both_databases
def test_history_says_of_which_experiment_old_rows_were_deleted_and_how_many(
    site: Site, world: World
) -> None:
    old, live = seen_by(site, "ada", "bob", "cleo"), seen_by(site, "ada")
    site.walk(old, Status.STOPPED, Status.DRAFT, Status.RUNNING)
    site.collect(saw(old, "ada"))
    site.walk(old, Status.STOPPED, Status.ARCHIVED)
    assert rows(world, old) == (4, 3)

    def are_gone() -> bool:
        visitor_erasure.delete_old_rows(now() + MONTH, timedelta(days=1))
        return rows(world, old) == (0, 0)

    with world.app.app_context():
        until(are_gone)
    assert rows(world, live) == (1, 1)
    (entry,) = entries(world, site.project)
    assert (entry.kind, entry.test_id, entry.door, entry.cause) == (
        ProjectKind.OLD_ROWS_ERASED,
        old.test_id,
        Door.SCHEDULE,
        CauseKind.SCHEDULE,
    )
    assert entry.counts == {"exposures": 4, "conversions": 3, "goal_events": 3}
    browser = world.browser(world.member(site.project))
    (shown,) = page(browser.get(f"/projects/{site.project.key}/history?kind=erased")).every(
        "li", class_="entry"
    )
    assert f"{old.name} Old rows of visitors erased: 4 exposures, 3 conversions" in shown.text
    assert "the server by schedule" in shown.text


def test_where_there_were_no_rows_history_says_nothing_of_them(site: Site, world: World) -> None:
    old = seen_by(site)
    site.walk(old, Status.STOPPED, Status.ARCHIVED)
    with world.app.app_context():
        visitor_erasure.delete_old_rows(now() + MONTH, timedelta(days=1))
    assert deleted(world, old)
    assert entries(world, site.project) == []


@on_both_databases
def test_who_comes_back_is_a_new_visitor_and_others_are_known_still(
    site: Site, world: World
) -> None:
    live = seen_by(site, "ada", "bob")
    printed(world, "visitor", "erase", site.project.key, "ada")
    assert site.collect(did("order", "ada"))[0] == 0
    site.collect(saw(live, "ada"), saw(live, "bob"))
    ((visitors,),) = world.execute("SELECT sum(visitors) FROM daily_visitors")
    assert (visitors, rows(world, live)) == (3, (2, 1))


def test_a_visitor_of_that_name_in_another_project_is_somebody_else(
    site: Site, world: World
) -> None:
    other = make_site(world)
    other.goal("order", Measure(GoalKind.COUNT))
    elsewhere = seen_by(other, "ada")
    seen_by(site, "ada")
    printed(world, "visitor", "erase", site.project.key, "ada")
    assert rows(world, elsewhere) == (1, 1)


def test_an_owner_erases_a_visitor_on_a_page_that_the_installation_leads_to(
    site: Site, world: World
) -> None:
    live = seen_by(site, "ada")
    owner = world.browser(world.member(site.project, Role.OWNER))
    address = f"/projects/{site.project.key}/visitor"
    assert address in owner.get(f"/projects/{site.project.key}/install").text
    owner.submit(address, unit="ada")
    assert flashed(owner.get(address)) == [
        "Deleted: 1 experiment that they saw, 1 goal that they reached. The sums of days stay."
    ]
    assert rows(world, live) == (0, 0)
    owner.submit(address, unit="ada")
    assert flashed(owner.get(address))[0].startswith("Nothing is kept of this visitor")
    assert owner.submit(address, unit="a" * 257).status_code == 400


def test_an_erasure_that_breaks_off_is_not_said_to_have_done_nothing(
    site: Site, world: World
) -> None:
    live = seen_by(site, "ada")
    owner = world.browser(world.member(site.project, Role.OWNER))
    ((salt,),) = world.execute("SELECT unit_salt FROM project")
    ((run_id,),) = world.execute("SELECT id FROM run")
    exposed = [JudgedExposure(run_id, units.hashed(salt, "ada"), 0)]
    judged = Judged(key_id=1, at=now(), salts={run_id: ""}, exposed=exposed, reached=[], events=1)
    with world.app.app_context():
        kept = kept_events.of_app()
        for _ in range(2):
            kept.keep(site.project.id, judged.model_dump_json())
    with closing(sqlite3.connect(kept.path)) as file, file:
        file.execute(
            "CREATE TRIGGER broken BEFORE DELETE ON batch"
            " WHEN old.id = (SELECT max(id) FROM batch) BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    answer = owner.submit(f"/projects/{site.project.key}/visitor", unit="ada")
    assert answer.status_code == 503
    assert "It may or may not have been done" in page(answer).text
    assert rows(world, live) == (1, 1)


def test_what_cannot_be_a_visitor_is_told(site: Site, world: World) -> None:
    said = complaint(world, "visitor", "erase", site.project.key, "")
    assert said == "Error: A unit is text of 1 to 256 characters."


@on_postgresql
def test_a_conversion_that_comes_while_its_visitor_is_erased_loses_no_other_event(
    site: Site, world: World, database_url: str
) -> None:
    live = site.experiment(Design(goals=adding_up("order")))
    site.collect(saw(live, "ada"))
    ((ada,),) = world.execute("SELECT unit FROM exposure")
    site.collect(saw(live, "bob"))
    with (
        audit.connect(database_url) as eraser,
        audit.connect(database_url) as watcher,
        ThreadPoolExecutor() as pool,
    ):
        eraser.execute(text("BEGIN"))
        eraser.execute(text("SELECT 1 FROM exposure FOR UPDATE"))
        collecting = pool.submit(site.collect, did("order", "ada"), did("order", "bob"))
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        until(lambda: watcher.execute(waiting).scalar_one() > 0)
        ada = "SELECT unit FROM exposure ORDER BY (SELECT count(*) FROM conversion) LIMIT 1"
        eraser.execute(text(f"DELETE FROM exposure WHERE unit = ({ada})"))  # noqa: S608
        eraser.execute(text("COMMIT"))
        accepted, dropped = collecting.result()
    assert (accepted, [reason for _, reason in dropped]) == (1, ["not_exposed"])
    assert rows(world, live) == (1, 1)


@on_postgresql
def test_a_visitor_is_erased_after_what_is_being_counted_at_goals_of_either_kind(
    site: Site, world: World, database_url: str
) -> None:
    site.goal("signup")
    both = site.experiment(Design(goals=adding_up("order"))), site.experiment(towards("signup"))
    assert site.collect(*(saw(each, "ada") for each in both)) == (2, [])
    counting = partial(site.collect, did("signup", "ada"), did("order", "ada"))

    def erasing() -> None:
        with world.app.app_context():
            erased = visitor_erasure.erase(site.project.id, "ada", COMMAND_LINE)
            assert erased == (2, 2, 0)

    race(database_url, text("LOCK TABLE daily_conversions IN SHARE MODE"), counting, erasing)


@on_both_databases
def test_rows_of_what_was_archived_long_ago_are_deleted_and_no_others(
    site: Site, world: World
) -> None:
    old, recent, live = (seen_by(site, "ada", "bob", "cleo") for _ in range(3))
    for each in (old, recent):
        site.walk(each, Status.STOPPED, Status.ARCHIVED)
    world.execute(
        "UPDATE experiment SET changed_at = :at WHERE test_id = :id",
        at=(now() - MONTH - timedelta(minutes=1)).isoformat(" "),
        id=old.test_id,
    )
    before = sums(world)
    with world.app.app_context():
        jobs.once(now())
        assert rows(world, old) == (3, 3)
        world.app.config["RETENTION_DAYS"] = 30
        jobs.once(now())
    assert [rows(world, each) for each in (old, recent, live)] == [(0, 0), (3, 3), (3, 3)]
    assert [deleted(world, each) for each in (old, recent, live)] == [True, False, False]
    assert sums(world) == before


@on_both_databases
def test_a_deletion_that_was_cut_off_goes_on_and_ends(site: Site, world: World) -> None:
    old = seen_by(site, "ada", "bob")
    site.walk(old, Status.STOPPED, Status.ARCHIVED)
    world.execute("UPDATE run SET rows_deleted_at = :at", at=now().isoformat(" "))
    with world.app.app_context():
        visitor_erasure.delete_old_rows(now() + MONTH, timedelta(days=1))
    assert rows(world, old) == (0, 0)


def test_the_result_says_so_and_is_what_it_was(site: Site, world: World) -> None:
    old = seen_by(site, "ada", "bob")
    site.walk(old, Status.STOPPED, Status.ARCHIVED)
    browser = world.browser(world.member(site.project))
    address = f"/projects/{site.project.key}/experiments/{old.key}/result"
    before, table = browser.get(address), browser.get(f"{address}.csv").text
    assert "own rows were deleted" not in before.text
    with world.app.app_context():
        visitor_erasure.delete_old_rows(now() + MONTH, timedelta(days=1))
    after = browser.get(address)
    assert "The visitors' own rows were deleted on" in page(after).text
    assert "The sums of days" in page(after).text
    assert browser.get(f"{address}.csv").text == table
    assert rows(world, old) == (0, 0)


def test_an_event_that_was_kept_since_before_is_not_counted_once_more(
    site: Site, world: World
) -> None:
    old = seen_by(site, "ada")
    run = world.execute("SELECT id, salt, unit FROM run, exposure")[0]
    key_id = world.execute("SELECT id FROM api_key")[0].id
    site.walk(old, Status.STOPPED, Status.ARCHIVED)
    before = sums(world)
    salts, exposed = {run.id: run.salt}, [JudgedExposure(run.id, run.unit, 0)]
    late = Judged(key_id=key_id, at=now(), salts=salts, exposed=exposed, reached=[])
    with world.app.app_context():
        visitor_erasure.delete_old_rows(now() + MONTH, timedelta(days=1))
        kept_events.of_app().keep(1, late.model_dump_json())
        keeping.record_kept()
        assert not kept_events.of_app().is_any()
    assert (rows(world, old), sums(world)) == ((0, 0), before)


def keep(site: Site, *visitors: str) -> str:
    """Keep events of visitors who have seen the only run and ordered; the hash of the last one."""
    world = site.world
    run = world.execute("SELECT id, salt, goal_id FROM run JOIN run_goal ON run_id = id")[0]
    ((salt,),) = world.execute("SELECT unit_salt FROM project")
    hashes = [units.hashed(salt, each) for each in visitors]
    judged = Judged(
        key_id=1,
        at=now(),
        salts={run.id: run.salt},
        exposed=[JudgedExposure(run.id, each, 0) for each in hashes],
        reached=[JudgedConversion(run.id, run.goal_id, each) for each in hashes],
    )
    with world.app.app_context():
        kept_events.of_app().keep(1, judged.model_dump_json())
    return hashes[-1]


@on_both_databases
def test_events_that_are_still_to_be_recorded_are_erased_with_their_visitor(
    site: Site, world: World
) -> None:
    live = seen_by(site, "ada")
    ada = keep(site, "bob", "ada")
    keep(site, "ada")
    with world.app.app_context():
        kept = kept_events.of_app()
        kept.keep(1, f"what nobody can read of {ada}")
        kept.set_aside(kept.oldest(3)[1])
        erased = printed(world, "visitor", "erase", site.project.key, "ada")
        assert erased == {"project": site.project.key, "exposures": 1, "conversions": 1, "kept": 4}
        assert kept.holding(ada) == []
        keeping.take_up_set_aside(now())
        keeping.record_kept()
        assert not kept.is_any()
    assert rows(world, live) == (1, 1)
    ((visitors,),) = world.execute("SELECT sum(visitors) FROM daily_visitors")
    assert visitors == 2


def test_an_owner_is_told_of_events_that_were_still_to_be_recorded(
    site: Site, world: World
) -> None:
    site.experiment(Design(goals=adding_up("order")))
    keep(site, "ada")
    owner = world.browser(world.member(site.project, Role.OWNER))
    address = f"/projects/{site.project.key}/visitor"
    owner.submit(address, unit="ada")
    assert flashed(owner.get(address)) == [
        "Deleted: 0 experiments that they saw, 0 goals that they reached,"
        " 2 events that were still to be recorded. The sums of days stay."
    ]


def test_nobody_is_erased_while_what_is_kept_is_being_recorded(site: Site, world: World) -> None:
    live = seen_by(site, "ada")
    keep(site, "ada")
    with (
        outages.nothing_recorded(world),
        world.app.app_context(),
        waiting.at_most(0.1),
        pytest.raises(Busy),
    ):
        visitor_erasure.erase(site.project.id, "ada", COMMAND_LINE)
    assert rows(world, live) == (1, 1)


def test_events_of_a_project_that_is_being_erased_are_not_recorded(
    site: Site, world: World
) -> None:
    live = site.experiment(Design(goals=adding_up("order")))
    keep(site, "ada")
    site.walk(live, Status.STOPPED)
    with world.app.app_context():
        projects.retire(site.project.key, COMMAND_LINE)
        project_erasure.begin(site.project.key, site.project.name, COMMAND_LINE)
        keeping.record_kept()
        assert not kept_events.of_app().is_any()
    assert rows(world, live) == (0, 0)
