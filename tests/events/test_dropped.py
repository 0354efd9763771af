"""Why an event is dropped, of those that can be read; the others of its request are counted."""

import pytest

from app.experiments.designs import Design
from app.models import Status
from tests.events import audit
from tests.serving.site import Site, did, make_site, saw, towards
from tests.world import World

UNKNOWN = ["nothing", "", "Ärger", "a" * 5000, "nul\0", "%", "' OR 1=1"]
pytestmark = pytest.mark.usefixtures("audited")


@pytest.mark.parametrize("status", [Status.DRAFT, Status.STOPPED, Status.ARCHIVED])
def test_of_an_experiment_that_does_not_run_nothing_is_counted(site: Site, status: Status) -> None:
    experiment = site.experiment(status=status)
    assert site.collect(saw(experiment, "visitor-1")) == (0, [(0, "not_running")])
    assert audit.exposed(site.world, experiment) == {}


def test_the_answer_says_which_experiment_is_not_running(site: Site) -> None:
    experiment = site.experiment(status=Status.STOPPED)
    answer = site.send(saw(experiment, "visitor-1"))
    assert answer.json is not None
    detail = f"The experiment {experiment.key} is not running."
    assert answer.json["dropped"] == [{"index": 0, "reason": "not_running", "detail": detail}]


def test_an_experiment_that_the_project_does_not_have_is_unknown(site: Site) -> None:
    known = site.experiment()
    for key in UNKNOWN:
        assert site.collect(saw(key, "a"), saw(known, "a")) == (1, [(0, "unknown")]), key


def test_a_goal_that_the_project_does_not_have_is_unknown(site: Site) -> None:
    known = site.experiment()
    for key in UNKNOWN:
        assert site.collect(did(key, "a"), saw(known, "a")) == (1, [(0, "unknown")]), key


def test_the_experiments_and_goals_of_another_project_are_unknown(world: World, site: Site) -> None:
    other = make_site(world)
    other.goal("theirs")
    experiment = other.experiment(towards("theirs"))
    dropped = [(0, "unknown"), (1, "unknown")]
    assert site.collect(saw(experiment, "a"), did("theirs", "a")) == (0, dropped)
    assert audit.exposed(world, experiment) == {}


def test_a_goal_that_no_running_experiment_has_is_not_running(site: Site) -> None:
    for key in ("unused", "paused", "running"):
        site.goal(key)
    paused = site.experiment(towards("paused"))
    site.collect(saw(paused, "a"), saw(site.experiment(towards("running")), "a"))
    site.walk(paused, Status.STOPPED)
    dropped = [(0, "not_running"), (1, "not_running")]
    assert site.collect(did("unused", "a"), did("paused", "a"), did("running", "a")) == (1, dropped)


def dropped_of_order(site: Site) -> object:
    """Return what is said of an order of visitor a."""
    answer = site.send(did("order", "a"))
    assert answer.json
    return answer.json["dropped"]


def test_during_a_pause_a_conversion_is_told_what_is_true_of_what_runs(site: Site) -> None:
    site.goal("order")
    paused = site.experiment(towards("order"))
    site.collect(saw(paused, "a"))
    site.walk(paused, Status.STOPPED)
    alone = {"reason": "not_running", "detail": "Nothing that runs has the goal order."}
    assert dropped_of_order(site) == [{"index": 0, **alone}]
    site.experiment(towards("order"))
    beside = "The unit has not been exposed to what runs with this goal."
    dropped = [{"index": 0, "reason": "not_exposed", "detail": beside}]
    assert dropped_of_order(site) == dropped


def test_a_unit_outside_the_traffic_is_not_exposed_and_reaches_nothing(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order", traffic_allocation=5000))
    units = [f"visitor-{number}" for number in range(60)]
    outside = [unit for unit in units if site.variant(experiment, unit) is None]
    exposures = site.collect(*(saw(experiment, unit) for unit in units))
    conversions = site.collect(*(did("order", unit) for unit in units))
    assert 10 < len(outside) < 50
    indexes = [units.index(unit) for unit in outside]
    assert exposures == (60 - len(outside), [(index, "outside_traffic") for index in indexes])
    assert conversions == (60 - len(outside), [(index, "not_exposed") for index in indexes])


def test_with_no_traffic_nobody_is_exposed(site: Site) -> None:
    experiment = site.experiment(Design(traffic_allocation=0))
    events = [saw(experiment, f"visitor-{number}") for number in range(20)]
    assert site.collect(*events) == (0, [(index, "outside_traffic") for index in range(20)])


def test_a_conversion_of_a_unit_that_was_never_exposed_is_dropped(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    site.collect(saw(experiment, "a"))
    assert site.collect(did("order", "b"), did("order", "a")) == (1, [(0, "not_exposed")])
    assert [row.conversions for row in audit.converted(site.world, experiment)] == [1]


def test_a_conversion_that_came_too_early_counts_when_it_comes_again(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment(towards("order"))
    assert site.collect(did("order", "a")) == (0, [(0, "not_exposed")])
    assert site.collect(saw(experiment, "a"), did("order", "a")) == (2, [])


def test_every_reason_in_one_request_is_told_in_the_order_of_the_events(site: Site) -> None:
    site.goal("order")
    running = site.experiment(towards("order"))
    closed = site.experiment(Design(traffic_allocation=0))
    paused = site.experiment(status=Status.STOPPED)
    events = [
        did("order", "never seen"),
        saw(paused, "a"),
        {"type": "exposure"},
        saw(running, "a"),
        saw(closed, "a"),
        did("nothing", "a"),
        did("order", "a"),
    ]
    reasons = ["not_exposed", "not_running", "malformed", None, "outside_traffic", "unknown", None]
    dropped = [(index, reason) for index, reason in enumerate(reasons) if reason]
    assert site.collect(*events) == (2, dropped)
