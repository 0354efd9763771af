"""The demo's past visitors and its corner shop: the same every time, and true to the rules."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from app.demo import setup
from app.models import now
from tests.conftest import on_both_databases
from tests.events import audit
from tests.world import World

pytestmark = pytest.mark.long

TODAY_AND_BEFORE = "SELECT run_id, day, position, visitors FROM daily_visitors ORDER BY 1, 2, 3"
CONVERSIONS = (
    "SELECT run_id, goal_id, day, position, conversions, total_value FROM daily_conversions"
    " ORDER BY 1, 2, 3, 4"
)


@pytest.fixture
def loaded(world: World) -> World:
    """A server with the demo."""
    with world.app.app_context():
        setup.load()
    return world


@pytest.fixture(scope="module")
def shown(shared_world: World) -> World:
    """A server with the demo, to look at."""
    with shared_world.app.app_context():
        setup.load()
    return shared_world


def counts(world: World) -> list[Sequence[Row[Any]]]:
    return [world.execute(statement) for statement in (TODAY_AND_BEFORE, CONVERSIONS)]


def days(world: World, key: str) -> list[int]:
    """On how many days ago an experiment had visitors."""
    rows = world.execute(
        "SELECT DISTINCT day FROM daily_visitors v JOIN run ON run.id = v.run_id"
        " JOIN experiment USING (test_id) WHERE key = :key ORDER BY day",
        key=key,
    )
    today = now().date()
    return [(today - type(today).fromisoformat(str(row[0]))).days for row in rows]


@on_both_databases
def test_the_counts_are_what_the_rows_add_up_to(loaded: World, database_url: str) -> None:
    assert loaded.execute("SELECT count(*) FROM exposure")[0][0] > 3000
    assert audit.misfits(database_url) == []


def test_the_visitors_are_the_same_every_time(loaded: World) -> None:
    first = counts(loaded)
    # Without it, a project is being erased: nobody deletes the history of another.
    loaded.execute("UPDATE project SET unit_salt = ''")
    for table in ("look", "verdict_call", "conversion", "exposure"):
        loaded.execute(f"DELETE FROM {table}")  # noqa: S608
    for table in ("daily_conversions", "daily_visitors", "run_goal"):
        loaded.execute(f"DELETE FROM {table}")  # noqa: S608
    for table in ("standing", "queued_start", "scheduled_change", "variant", "run", "goal"):
        loaded.execute(f"DELETE FROM {table}")  # noqa: S608
    for table in (
        "outbox_entry",
        "slot_demand",
        "history",
        "experiment_tag",
        "experiment",
        "api_key",
        "origin",
    ):
        loaded.execute(f"DELETE FROM {table}")  # noqa: S608
    for table in ("membership", "project", "plan", "user_account"):
        loaded.execute(f"DELETE FROM {table}")  # noqa: S608
    with loaded.app.app_context():
        setup.load()
    assert counts(loaded) == first


def test_while_an_experiment_is_paused_it_has_no_visitors(shown: World) -> None:
    """Its days are whole ones from the hour of the load, so that a gap may begin a day later."""
    found = days(shown, "pricing-page-headline")
    assert len(found) == 14
    assert not set(found) & set(range(9, 11))
    assert min(found) >= 2
    assert max(found) <= 19


def test_a_run_was_opened_when_its_experiment_was_started(shown: World) -> None:
    odd = shown.execute(
        "SELECT key FROM experiment JOIN run USING (test_id)"
        " WHERE is_current AND started_at IS NOT NULL AND opened_at <> started_at"
    )
    assert odd == []
    early = shown.execute(
        "SELECT run_id FROM daily_visitors JOIN run ON run.id = run_id WHERE day < date(opened_at)"
    )
    assert early == []


def test_nobody_came_in_the_future(shown: World) -> None:
    moment = (now() + timedelta(seconds=1)).isoformat(" ")
    for table in ("daily_visitors", "daily_conversions"):
        late = shown.execute(f"SELECT * FROM {table} WHERE last_at > :at", at=moment)  # noqa: S608
        assert late == []


def test_the_corner_shop_has_a_draft_that_can_be_started_at_once(shown: World) -> None:
    (row,) = shown.execute(
        "SELECT e.name, e.status, run.opened_at, plan.experiments_running AS slots"
        " FROM experiment e JOIN project p ON p.id = e.project_id"
        " JOIN plan ON plan.code = p.plan_code JOIN run USING (test_id)"
        " WHERE p.key = 'demo-corner-shop' AND is_current"
    )
    assert tuple(row) == ("Big green buy button", "draft", None, 2)
    goals = shown.execute(
        "SELECT goal.key, role FROM run_goal JOIN goal ON goal.id = goal_id"
        " JOIN run ON run.id = run_id JOIN experiment USING (test_id)"
        " WHERE experiment.key = 'buy-button' ORDER BY run_goal.position"
    )
    assert [tuple(goal) for goal in goals] == [
        ("purchase", "primary"),
        ("add-to-basket", "secondary"),
    ]


def test_the_tests_of_the_tour_keep_their_ids(shown: World) -> None:
    rows = shown.execute("SELECT test_id, key FROM experiment WHERE test_id IN (11, 12)")
    assert {row.test_id: row.key for row in rows} == {
        11: "spring-banner",
        12: "checkout-button-colour",
    }
