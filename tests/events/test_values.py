"""What a conversion was worth: kept of the first, and summed by day."""

import pytest

from tests.conftest import on_both_databases
from tests.events import audit
from tests.serving.site import Site, did, saw, towards

pytestmark = on_both_databases

pytestmark = pytest.mark.usefixtures("audited")


def kept(site: Site) -> list[float | None]:
    """The values of all conversions, nothing first."""
    rows = site.world.execute("SELECT value FROM conversion ORDER BY value IS NOT NULL, value")
    return [row.value for row in rows]


KEPT = [
    (1, 1.0),
    (0, 0.0),
    (-12.5, -12.5),
    (1e12, 1e12),
    (-(10**12), -1e12),
    (0.1, 0.1),
    (1e-300, 1e-300),
    (None, None),
]


def test_a_value_is_kept_as_it_was_sent(site: Site) -> None:
    goals = [f"goal-{number}" for number in range(len(KEPT))]
    for goal in goals:
        site.goal(goal)
    experiment = site.experiment(towards(*goals))
    events = [did(goal, "a", value=sent) for goal, (sent, _) in zip(goals, KEPT, strict=True)]
    assert site.collect(saw(experiment, "a"), *events) == (1 + len(KEPT), [])
    stored = [value for _, value in KEPT]
    rows = site.world.execute("SELECT value FROM conversion ORDER BY goal_id")
    assert [row.value for row in rows] == stored
    totals = [row.total_value for row in audit.converted(site.world, experiment)]
    assert totals == [value or 0.0 for value in stored]


def test_a_conversion_without_a_value_counts_and_is_worth_nothing(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "a"), did("order", "a"))
    assert kept(site) == [None]
    counted = audit.converted(site.world, experiment)
    assert [(row.conversions, row.total_value) for row in counted] == [(1, 0.0)]


def test_the_value_of_the_first_conversion_of_a_request_is_kept(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "a"), *(did("order", "a", value=each) for each in (3, 1, 2)))
    assert kept(site) == [3.0]


def test_the_value_of_the_first_request_is_kept(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "a"), did("order", "a", value=3))
    assert site.collect(did("order", "a", value=5)) == (1, [])
    assert kept(site) == [3.0]
    assert [row.total_value for row in audit.converted(site.world, experiment)] == [3.0]


def test_a_first_conversion_without_a_value_stays_so(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "a"), did("order", "a"), did("order", "a", value=5))
    site.collect(did("order", "a", value=7))
    assert kept(site) == [None]


def test_values_are_summed_by_variant_over_several_requests(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    worth = {f"visitor-{number}": number * 0.25 - 2 for number in range(30)}
    expected = {"control": 0.0, "treatment": 0.0}
    for unit, value in worth.items():
        expected[site.variant(experiment, unit) or ""] += value
        site.collect(saw(experiment, unit), did("order", unit, value=value))
    counted = {row.position: row.total_value for row in audit.converted(site.world, experiment)}
    assert counted == dict(enumerate(expected.values()))


def test_an_experiment_that_saw_the_unit_later_keeps_the_value_that_came_then(site: Site) -> None:
    site.goal("order")
    first, second = (site.experiment(towards("order")) for _ in range(2))
    site.collect(saw(first, "a"), did("order", "a", value=1))
    site.collect(saw(second, "a"), did("order", "a", value=2))
    totals = [audit.converted(site.world, each)[0].total_value for each in (first, second)]
    assert totals == [1.0, 2.0]
