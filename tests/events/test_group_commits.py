"""Requests of one moment share a transaction, and each is answered as if it had come alone."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.events import group_commits
from app.events.events import Converted, Event, Exposed, Reason, Receipt
from app.events.group_commits import Failure, Outcome, Sent
from app.events.kept import kept_events
from app.events.kept.kept_events import OthersFirst
from app.experiments.designs import Design
from app.experiments.measures import Measure
from app.models import Experiment, GoalKind, Status
from app.serving import memory
from tests import statements
from tests.conftest import on_both_databases, on_postgresql
from tests.events import audit
from tests.faults import outages
from tests.serving.site import Site, adding_up, did, make_site, saw, towards
from tests.watching import until
from tests.world import World

pytestmark = pytest.mark.usefixtures("audited")

UNITS = [f"visitor-{number}" for number in range(12)]
AT_ONCE = 8


def shop(world: World) -> tuple[Site, Experiment]:
    """A site with an experiment that has a goal for each visitor, and one that adds up."""
    site = make_site(world)
    site.goal("order")
    site.goal("paid", Measure(GoalKind.REVENUE, currency="EUR"))
    return site, site.experiment(Design(goals=(*towards("order").goals, *adding_up("paid"))))


def together(site: Site, *requests: Sequence[Event]) -> Sequence[Outcome]:
    """Return what comes of requests that are recorded in one group."""
    with site.world.app.app_context():
        key = memory.of_app().known(site.token).key
        return group_commits.outcomes([Sent(key, events) for events in requests])


@on_both_databases
def test_those_who_come_while_one_is_recorded_share_the_next_commit(
    site: Site, database_url: str
) -> None:
    experiment = site.experiment()
    group = site.world.app.extensions[group_commits.EXTENSION]
    with statements.recorded(site.world.app) as sent, ThreadPoolExecutor(AT_ONCE) as pool:
        with outages.locked(database_url):
            asked = [pool.submit(site.send, saw(experiment, unit)) for unit in UNITS[:AT_ONCE]]
            until(lambda: group.waiting(site.project.id) == AT_ONCE - 1)
        answers = [each.result().json for each in asked]
    assert answers == [{"accepted": 1, "dropped": []}] * AT_ONCE
    assert len([each for each in sent if "INSERT INTO exposure (" in each]) == 2
    assert audit.exposed(site.world, experiment) == {1: AT_ONCE}


@on_postgresql
def test_a_group_of_exposures_takes_three_statements_and_counts_what_is_new(site: Site) -> None:
    experiment = site.experiment()
    together(site, [Exposed(experiment.key, UNITS[0])])
    with statements.recorded(site.world.app) as sent:
        together(site, *([Exposed(experiment.key, unit)] for unit in UNITS))
    words = [each.partition(" ")[0] for each in sent]
    assert words[words.index("BEGIN") :] == ["BEGIN", "SELECT", "WITH"]
    assert audit.exposed(site.world, experiment) == {1: len(UNITS)}


@on_both_databases
def test_all_of_a_group_are_kept_where_it_cannot_be_recorded(
    site: Site, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.events.group_commits.SECONDS_TO_RECORD", 0.3)
    experiment = site.experiment()
    assert site.ask(experiment, "a").status_code == 200
    with ThreadPoolExecutor(AT_ONCE) as pool, outages.locked(database_url):
        answers = list(pool.map(lambda unit: site.send(saw(experiment, unit)).json, UNITS))
    assert answers == [{"accepted": 0, "dropped": [], "kept": 1}] * len(UNITS)
    until(lambda: audit.exposed(site.world, experiment) == {1: len(UNITS)})


def test_nothing_is_recorded_before_what_is_kept(site: Site) -> None:
    experiment = site.experiment()
    with site.world.app.app_context():
        kept_events.of_app().keep(site.project.id, "{}")
    (outcome,) = together(site, [Exposed(experiment.key, UNITS[0])])
    assert isinstance(outcome, Failure)
    assert isinstance(outcome.error, OthersFirst)
    assert audit.exposed(site.world, experiment) == {}


@on_both_databases
def test_each_is_told_of_its_own_events_by_its_own_places(world: World) -> None:
    site, experiment = shop(world)
    seen, order = Exposed(experiment.key, "a"), Converted("order", "a")
    paid = Converted("paid", "a", 2.0, id="1")
    outcomes = together(
        site, [order, seen], [Converted("other", "a"), order, paid], [], [seen, order, paid]
    )
    dropped = [
        [(each.index, each.reason) for each in outcome.dropped]
        for outcome in outcomes
        if isinstance(outcome, Receipt)
    ]
    assert dropped == [[(0, Reason.NOT_EXPOSED)], [(0, Reason.UNKNOWN)], [], []]
    assert [(each.accepted, each.repeated) for each in outcomes if isinstance(each, Receipt)] == [
        (1, ()),
        (2, ()),
        (0, ()),
        (3, (1, 2)),
    ]


@on_both_databases
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_comes_to_what_it_would_one_after_the_other(world: World, seed: int) -> None:
    (site, experiment), (other, its) = shop(world), shop(world)
    shuffle = random.Random(seed)  # noqa: S311
    plan = [
        (shuffle.choice(UNITS), shuffle.choice(["saw", "order", "paid", "nothing"]))
        for _ in range(80)
    ]

    def requests(key: str) -> list[list[Event]]:
        events: list[Event] = [
            Exposed(key, unit) if what == "saw" else Converted(what, unit, 0.25, id=unit)
            for unit, what in plan
        ]
        return [events[begin : begin + seed] for begin in range(0, len(events), seed)]

    at_once = together(site, *requests(experiment.key))
    in_turn = [outcome for each in requests(its.key) for outcome in together(other, each)]
    assert at_once == in_turn
    assert audit.exposed(world, experiment) == audit.exposed(world, its)
    assert totals(world, experiment) == totals(world, its) != {}


def totals(world: World, experiment: Experiment) -> dict[str, tuple[int, float]]:
    """Return how many units reached each goal, and what that was worth."""
    found: dict[str, tuple[int, float]] = {}
    for row in audit.converted(world, experiment):
        units, value = found.get(row.goal, (0, 0.0))
        found[row.goal] = units + row.conversions, value + row.total_value
    return found


@on_both_databases
def test_one_that_the_database_refuses_fails_alone(world: World) -> None:
    site, experiment = shop(world)
    site.collect(saw(experiment, "a"))
    world.execute("DELETE FROM run_goal WHERE cap IS NULL")
    outcomes = together(
        site, [Exposed(experiment.key, "b")], [Converted("order", "a")], [Exposed("none", "c")]
    )
    assert [type(each) for each in outcomes] == [Receipt, Failure, Receipt]
    assert audit.exposed(world, experiment) == {1: 2}


def test_a_pause_ends_collecting_for_all_of_a_group(world: World) -> None:
    site, experiment = shop(world)
    site.walk(experiment, Status.STOPPED)
    outcomes = together(site, [Exposed(experiment.key, "a")], [Exposed(experiment.key, "b")])
    assert [each.accepted for each in outcomes if isinstance(each, Receipt)] == [0, 0]
    assert site.collect(did("order", "a")) == (0, [(0, "not_running")])
