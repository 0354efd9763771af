"""What a start that is set for a moment will find, by all that is known now."""

from dataclasses import astuple
from datetime import datetime, timedelta

import pytest

from app.lifecycle import forecasts
from app.lifecycle.forecasts import Coming, Forecast, foretold
from app.models import Experiment, Project, Status, now
from tests.world import World

RUNNING, STOPPED = Status.RUNNING, Status.STOPPED
NOON = now() + timedelta(days=1)
HOUR = timedelta(hours=1)


def starts(test_id: int, at: datetime = NOON) -> Coming:
    return Coming(at, RUNNING, test_id, runs=False)


def stops(test_id: int, at: datetime = NOON - HOUR, *, runs: bool = True) -> Coming:
    return Coming(at, STOPPED, test_id, runs)


@pytest.mark.parametrize(
    ("free", "queued", "coming", "forecast"),
    [
        pytest.param(1, [], [], (1, 1, 0, True), id="a free slot"),
        pytest.param(0, [], [], (1, 0, 0, False), id="no free slot"),
        pytest.param(-2, [], [], (1, 0, 0, False), id="over the limit"),
        pytest.param(-1, [], [stops(7)], (1, 0, 0, False), id="over it until a stop"),
        pytest.param(0, [], [stops(7)], (1, 1, 0, True), id="a stop before"),
        pytest.param(0, [], [stops(7, NOON)], (1, 1, 0, True), id="a stop just then"),
        pytest.param(
            0, [], [stops(7, runs=False)], (1, 0, 0, False), id="a stop of what is paused"
        ),
        pytest.param(0, [], [stops(7), stops(7, NOON)], (1, 1, 0, True), id="one is stopped once"),
        pytest.param(1, [], [starts(8, NOON - HOUR)], (1, 0, 0, False), id="taken before"),
        pytest.param(
            1,
            [],
            [starts(8, NOON - 2 * HOUR), stops(8, runs=False)],
            (1, 1, 0, True),
            id="taken and given back before",
        ),
        pytest.param(1, [], [starts(8)], (2, 1, 0, False), id="two for one slot"),
        pytest.param(2, [], [starts(8)], (2, 2, 0, True), id="two for two slots"),
        pytest.param(0, [5], [stops(7)], (1, 0, 0, False), id="the queue is first"),
        pytest.param(
            0,
            [5],
            [stops(5, NOON - 2 * HOUR, runs=False), stops(7)],
            (1, 1, 0, True),
            id="what is to stop before it finds a slot waits no more",
        ),
        pytest.param(0, [5, 6], [stops(7)], (1, 0, 1, False), id="and some wait on"),
        pytest.param(
            0,
            [5],
            [stops(7, NOON - 2 * HOUR), stops(5, runs=False)],
            (1, 1, 0, True),
            id="what waits stops again too",
        ),
        pytest.param(
            0,
            [5],
            [starts(5, NOON - 2 * HOUR), stops(7), stops(9)],
            (1, 1, 0, True),
            id="what waits and is set to start takes one slot",
        ),
        pytest.param(
            0, [5], [stops(7), stops(9), starts(5)], (1, 1, 0, True), id="nor rivals twice"
        ),
        pytest.param(
            0,
            [],
            [starts(8, NOON - 2 * HOUR), stops(7)],
            (1, 0, 0, False),
            id="an earlier start has waited for the stop",
        ),
    ],
)
def test_what_is_known_now_tells_what_a_start_will_find(
    free: int, queued: list[int], coming: list[Coming], forecast: tuple[int, int, int, bool]
) -> None:
    assert astuple(foretold(free, queued, coming, NOON)) == forecast


def of_start(world: World, experiment: Experiment, at: datetime = NOON) -> Forecast | None:
    with world.app.app_context():
        return forecasts.of_start(experiment.project_id, experiment.test_id, at)


def test_a_plan_without_a_limit_or_that_cannot_be_read_foretells_nothing(world: World) -> None:
    assert of_start(world, world.experiment(world.project(limit=None))) is None
    experiment = world.experiment(world.project(limit=1))
    assert of_start(world, experiment)
    world.execute("ALTER TABLE plan RENAME TO gone")
    assert of_start(world, experiment) is None


def busy(world: World) -> tuple[Project, Experiment, Experiment]:
    """A project whose one slot is taken, the one who takes it, and a draft."""
    project = world.project(limit=1)
    return project, world.running(project, 1)[0], world.experiment(project)


def test_the_experiments_own_start_is_no_rival_and_its_place_in_the_queue_no_hindrance(
    world: World,
) -> None:
    _, running, draft = busy(world)
    world.schedule(running, stop_at=NOON - HOUR)
    world.schedule(draft, NOON)
    world.queue(draft)
    assert of_start(world, draft) == Forecast(1, 1, 0, finds_a_slot=True)


def test_others_in_the_queue_and_in_the_schedule_are_told_of(world: World) -> None:
    project, running, draft = busy(world)
    assert of_start(world, draft) == Forecast(1, 0, 0, finds_a_slot=False)
    rival = world.experiment(project)
    world.schedule(rival, NOON)
    world.schedule(running, stop_at=NOON)
    assert of_start(world, draft) == Forecast(2, 1, 0, finds_a_slot=False)
    world.queued(project, 2)
    assert of_start(world, draft) == Forecast(2, 0, 1, finds_a_slot=False)


def test_what_comes_later_or_in_another_project_does_not_matter(world: World) -> None:
    _, running, draft = busy(world)
    other, running_there, _ = busy(world)
    world.queued(other, 1)
    world.schedule(running_there, stop_at=NOON - HOUR)
    world.schedule(running, stop_at=NOON + HOUR)
    assert of_start(world, draft) == Forecast(1, 0, 0, finds_a_slot=False)


def test_a_later_start_takes_nothing_from_an_earlier_one(world: World) -> None:
    project = world.project(limit=1)
    draft, later = world.experiment(project), world.experiment(project)
    world.schedule(later, NOON + HOUR)
    assert of_start(world, draft) == Forecast(1, 1, 0, finds_a_slot=True)
