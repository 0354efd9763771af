"""What a start will find at its moment, and what a lifted hold would start, as things are now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from app.lifecycle.holds import holding
from app.lifecycle.queueing import forecasts
from app.lifecycle.queueing.course import Coming
from app.lifecycle.queueing.forecasts import Forecast, foretold
from app.models import Experiment, Project, Status, now
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, TERMS, World

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
    assert foretold(free, queued, coming, NOON) == Forecast(*forecast)


def test_while_the_queue_is_held_what_is_free_starts_nothing() -> None:
    coming = [starts(8, NOON - HOUR), stops(7)]
    assert foretold(1, [5], coming, NOON, is_held=True) == Forecast(
        1, 2, 2, finds_a_slot=False, is_held=True
    )


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


def test_what_starts_and_stops_again_before_has_given_its_slot_back(world: World) -> None:
    project = world.project(limit=1)
    draft, rival = world.experiment(project), world.experiment(project)
    world.schedule(rival, NOON - 2 * HOUR, NOON - HOUR)
    assert of_start(world, draft) == Forecast(1, 1, 0, finds_a_slot=True)


def test_a_later_start_takes_nothing_from_an_earlier_one(world: World) -> None:
    project = world.project(limit=1)
    draft, later = world.experiment(project), world.experiment(project)
    world.schedule(later, NOON + HOUR)
    assert of_start(world, draft) == Forecast(1, 1, 0, finds_a_slot=True)


def hold(world: World, project: Project) -> None:
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)


@pytest.mark.parametrize("limit", [1, None])
def test_no_start_is_foretold_while_the_queue_is_held(world: World, limit: int | None) -> None:
    project = world.project(limit)
    draft = world.experiment(project)
    hold(world, project)
    assert of_start(world, draft) == Forecast(1, limit, 0, finds_a_slot=False, is_held=True)


@dataclass
class HeldScene:
    """A held project with two slots, one of them taken by what is due to stop."""

    world: World
    project: Project
    member: str

    def due(
        self, experiment: Experiment, since: timedelta, target: Status = RUNNING, by: str = ""
    ) -> Experiment:
        """Have an experiment's change be due for a while."""
        actor = self.world.person(by) if by else COMMAND_LINE
        at = now() + HOUR
        moments = (at, None) if target is RUNNING else (None, at)
        self.world.schedule(experiment, *moments, actor=actor)
        statement = "UPDATE scheduled_change SET at = :at WHERE test_id = :id"
        self.world.execute(statement, at=now() - since, id=experiment.test_id)
        return experiment

    def draft(self) -> Experiment:
        return self.world.experiment(self.project)

    def lifted(self) -> tuple[list[int], list[int]]:
        """Return what a lift was foretold to start, and what it did start."""
        with self.world.app.app_context():
            foreseen = forecasts.of_lift(self.project.id, TERMS.late_start)
            done = holding.lift_hold(self.project.id, COMMAND_LINE, TERMS)
        return [each.test_id for each in foreseen], [each.test_id for each in done.started]


@pytest.fixture
def held(world: World) -> HeldScene:
    world.queued(world.project(limit=0), 1)
    project = world.project(limit=2)
    hold(world, project)
    return HeldScene(world, project, world.member(project))


@on_both_databases
def test_what_a_lift_would_start_is_what_it_starts(held: HeldScene) -> None:
    world, project = held.world, held.project
    running = world.experiment(project, RUNNING)
    lapsed, revoked, first, second = (held.draft() for _ in range(4))
    for each in (lapsed, first, second):
        world.queue(each)
    world.queue(revoked, world.person(held.member))
    world.execute(
        "UPDATE queued_start SET queued_at = :queued, expires_at = :past WHERE test_id = :id",
        queued=now() - 2 * HOUR,
        past=now() - HOUR,
        id=lapsed.test_id,
    )
    due = held.due(held.draft(), timedelta(minutes=9))
    held.due(held.draft(), 2 * HOUR)
    held.due(held.draft(), timedelta(minutes=8), by=held.member)
    held.due(running, 2 * HOUR, STOPPED, by=held.member)
    world.demote(project, held.member)
    foreseen, started = held.lifted()
    assert foreseen == started == [first.test_id, second.test_id]
    assert world.line(project) == [due.test_id]


@pytest.mark.parametrize("limit", [None, 9])
def test_where_all_have_a_slot_a_lift_starts_what_is_in_time_and_may_be_changed_still(
    held: HeldScene, limit: int | None
) -> None:
    held.world.set_limit(held.project, limit)
    queued, revoked = held.draft(), held.draft()
    held.world.queue(queued)
    held.world.queue(revoked, held.world.person(held.member))
    due = held.due(held.draft(), timedelta(minutes=9))
    held.due(held.draft(), 2 * HOUR)
    held.due(held.draft(), timedelta(minutes=8), by=held.member)
    held.world.demote(held.project, held.member)
    foreseen, started = held.lifted()
    assert foreseen == started == [queued.test_id, due.test_id]


@on_both_databases
def test_what_falls_due_starts_behind_the_queue_where_a_slot_is_left(held: HeldScene) -> None:
    later = held.due(held.draft(), timedelta(minutes=5))
    earlier = held.due(held.draft(), timedelta(minutes=9))
    queued = held.draft()
    held.world.queue(queued)
    foreseen, started = held.lifted()
    assert foreseen == started == [queued.test_id, earlier.test_id]
    assert held.world.line(held.project) == [later.test_id]


def test_a_lift_starts_nothing_where_the_plan_cannot_be_read_or_nothing_is_held(
    held: HeldScene,
) -> None:
    held.world.queue(held.draft())
    idle = held.world.project()
    with held.world.app.app_context():
        assert len(forecasts.of_lift(held.project.id, TERMS.late_start)) == 1
        assert forecasts.of_lift(idle.id, TERMS.late_start) == ()
    held.world.execute("ALTER TABLE plan RENAME TO gone")
    with held.world.app.app_context():
        assert forecasts.of_lift(held.project.id, TERMS.late_start) == ()
