"""Goals for which every event counts: how often a visitor did it, or what that was worth in all."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.experiments.caps import LARGEST_CAP
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind
from tests.conftest import on_both_databases
from tests.events import audit
from tests.serving.site import Site, adding_up, did, saw, towards

pytestmark = pytest.mark.usefixtures("audited")

COUNT = Measure(GoalKind.COUNT)
REVENUE = Measure(GoalKind.REVENUE, currency="EUR")
_SUMS = (
    "SELECT sum(conversions) AS units, sum(events) AS events, sum(total_value) AS value,"
    " sum(measured) AS measured, sum(squares) AS squares FROM daily_conversions"
)


def sums(site: Site) -> tuple[Any, ...]:
    """Of all days: units, events, what they were worth, what is measured, and its squares."""
    return tuple(site.world.execute(_SUMS)[0])


def capped(site: Site, cap: float) -> None:
    """Let no visitor count for more than that, from now on, as a design says before the start."""
    site.world.execute("UPDATE run_goal SET cap = :cap", cap=cap)
    site.world.execute("UPDATE project SET version = version + 1")


@pytest.fixture
def shop(site: Site) -> Experiment:
    """An experiment with a goal that counts, one that sums up, and one of conversions."""
    site.goal("visit", COUNT)
    site.goal("paid", REVENUE)
    site.goal("order")
    return site.experiment(Design(goals=(*adding_up("visit", "paid"), *towards("order").goals)))


@on_both_databases
def test_every_order_of_a_visitor_adds_to_the_revenue_and_a_refund_takes_from_it(
    site: Site, shop: Experiment
) -> None:
    site.collect(
        saw(shop, "a"), saw(shop, "b"), did("paid", "a", value=10), did("paid", "b", value=1)
    )
    assert site.collect(did("paid", "a", value=5.5), did("paid", "a", value=-2.5)) == (2, [])
    assert sums(site) == (2, 4, 14.0, 14.0, 170.0)


@on_both_databases
def test_a_huge_order_and_its_refund_leave_of_usual_orders_what_they_were(
    site: Site, shop: Experiment
) -> None:
    capped(site, LARGEST_CAP)
    site.collect(*(saw(shop, f"{unit}") for unit in range(101)), did("paid", "100", value=1e12))
    site.collect(*(did("paid", f"{unit}", value=16.0) for unit in range(100)))
    site.collect(did("paid", "100", value=-1e12))
    assert sums(site)[3:] == (1_600, 25_600)


@on_both_databases
def test_a_goal_that_counts_has_every_event_of_a_visitor_with_a_value_or_without(
    site: Site, shop: Experiment
) -> None:
    site.collect(saw(shop, "a"), *[did("visit", "a")] * 3)
    site.collect(did("visit", "a", value=0.5))
    assert sums(site) == (1, 4, 0.5, 4.0, 16.0)


@on_both_databases
def test_no_visitor_counts_for_more_than_the_cap_in_either_direction(
    site: Site, shop: Experiment
) -> None:
    capped(site, 10)
    site.collect(saw(shop, "a"), did("paid", "a", value=8))
    site.collect(did("paid", "a", value=92))
    assert sums(site) == (1, 2, 100.0, 10.0, 100.0)
    site.collect(did("paid", "a", value=-150))
    assert sums(site) == (1, 3, -50.0, -10.0, 100.0)


@on_both_databases
def test_an_event_with_an_id_counts_once_in_one_request_and_in_the_next(
    site: Site, shop: Experiment
) -> None:
    order = did("paid", "a", value=7, id="order-1")
    assert site.repeated(saw(shop, "a"), order, order) == [2]
    assert site.repeated(order, did("paid", "a", value=1, id="order-2")) == [0]
    assert sums(site) == (1, 2, 8.0, 8.0, 64.0)


def test_one_id_is_of_one_visitor_and_one_goal(site: Site, shop: Experiment) -> None:
    events = [did(goal, unit, value=1, id="1") for goal in ("paid", "visit") for unit in "ab"]
    assert site.repeated(saw(shop, "a"), saw(shop, "b"), *events) == []
    assert sums(site)[:2] == (4, 4)


def test_of_an_id_no_more_than_a_hash_is_kept(site: Site, shop: Experiment) -> None:
    site.collect(saw(shop, "a"), did("paid", "a", value=1, id="ada@example.com"))
    ((kept,),) = site.world.execute("SELECT event_id FROM goal_event")
    assert len(kept) == 22


def test_a_conversion_is_told_to_have_been_counted_before_whatever_it_was_worth(
    site: Site, shop: Experiment
) -> None:
    assert site.repeated(saw(shop, "a"), did("order", "a", value=1), saw(shop, "a")) == []
    answer = site.send(did("order", "a", value=2), did("visit", "a"))
    assert answer.json == {"accepted": 2, "dropped": [], "repeated": [0]}
    assert sums(site)[:3] == (2, 2, 1.0)


def test_revenue_without_a_value_is_malformed_and_told_so(site: Site, shop: Experiment) -> None:
    answer = site.send(saw(shop, "a"), did("paid", "a"))
    assert answer.json is not None
    (dropped,) = answer.json["dropped"]
    assert (dropped["index"], dropped["reason"]) == (1, "malformed")
    assert "value" in dropped["detail"]


_quarters = st.integers(-400, 400).map(lambda number: number / 4)
_one = st.tuples(
    st.sampled_from(["visit", "paid"]),
    st.sampled_from("abc"),
    _quarters,
    st.sampled_from([None, "1", "2"]),
)


@on_both_databases
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    requests=st.lists(st.lists(_one, max_size=6), max_size=4), cap=st.sampled_from([None, 3, 40])
)
def test_whatever_comes_the_counts_are_what_the_rows_add_up_to(
    site: Site, database_url: str, requests: Sequence[Sequence[Any]], cap: float | None
) -> None:
    if not site.world.execute("SELECT 1 FROM goal"):
        site.goal("visit", COUNT)
        site.goal("paid", REVENUE)
        site.experiment(Design(goals=adding_up("visit", "paid")))
    (experiment,) = site.world.execute("SELECT key FROM experiment")
    for table in ("goal_event", "conversion", "daily_conversions"):
        site.world.execute(f"DELETE FROM {table}")  # noqa: S608
    site.world.execute("UPDATE run_goal SET cap = :cap", cap=cap)
    site.world.execute("UPDATE project SET version = version + 1")
    site.collect(*(saw(experiment.key, unit) for unit in "abc"))
    for request in requests:
        site.collect(*(_event(*each) for each in request))
    assert audit.misfits(database_url) == []
    rows = site.world.execute(
        "SELECT key, sum(events) AS events, sum(value) AS value FROM conversion"
        " JOIN goal ON goal.id = goal_id GROUP BY key"
    )
    assert {row.key: (row.events, row.value) for row in rows} == _expected(requests)


def _event(goal: str, unit: str, value: float, event_id: str | None) -> dict[str, object]:
    return did(goal, unit, value=value, **({"id": event_id} if event_id else {}))


def _expected(requests: Sequence[Sequence[Any]]) -> dict[str, tuple[int, float]]:
    """By goal: how many events count, and their sum; an id of a unit at a goal counts once."""
    counted: dict[object, tuple[str, float]] = {}
    for number, (goal, unit, value, event_id) in enumerate(chain(*requests)):
        counted.setdefault((goal, unit, event_id or number), (goal, value))
    values = {
        key: [value for of, value in counted.values() if of == key] for key in ("visit", "paid")
    }
    return {key: (len(each), sum(each)) for key, each in values.items() if each}
