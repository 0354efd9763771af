"""Traffic of an open run: it rises, at once or at a moment, and nobody is split afresh."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.core.errors import Conflict, InvalidInput
from app.database.unit_of_work import changing
from app.experiments import designs
from app.experiments.designs import Design
from app.lifecycle import closing, named_actions
from app.lifecycle.ends.decisions import ActionRequest
from app.lifecycle.preconditions import Precondition
from app.lifecycle.refusals import Refused
from app.lifecycle.rules import Action
from app.lifecycle.scheduling import due_changes, schedules
from app.lifecycle.scheduling.handovers import StartsChoice, StartsUndecided
from app.lifecycle.scheduling.schedules import Schedule
from app.lifecycle.traffic import rises
from app.lifecycle.traffic.rises import RiseRequest
from app.models import Actor, CauseKind, Door, Experiment, Kind, Project, Role, Status, now
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, TERMS, World

HOUR = timedelta(hours=1)
HALF = 5_000
RISES = "SELECT before, after FROM traffic_rise ORDER BY at"
RISE = [{"field": "traffic_allocation", "before": 500, "after": HALF}]


def traffic(world: World, experiment: Experiment) -> int:
    with world.app.app_context():
        return designs.current(experiment.test_id).traffic_allocation


def plan(world: World, experiment: Experiment, at: datetime, share: int = HALF) -> None:
    with world.app.app_context():
        schedules.put(
            experiment.project_id,
            experiment.test_id,
            lambda _: Schedule(None, None, at, share),
            COMMAND_LINE,
        )


def carry_out(world: World, project: Project, moment: datetime) -> None:
    with world.app.app_context():
        due_changes.carry_out(project.id, moment, TERMS)


@on_both_databases
def test_it_rises_and_history_and_the_statistics_know_from_when(world: World) -> None:
    live = world.partly_live(world.project())
    before = live.version
    world.raise_traffic(live, HALF)
    world.raise_traffic(live, 10_000)
    assert traffic(world, live) == 10_000
    entry = world.entries(live)[-2]
    assert (entry.kind, entry.changes, entry.to_status) == (Kind.EDITED, RISE, None)
    assert world.reload(live).version > entry.id > before
    assert [tuple(row) for row in world.execute(RISES)] == [(500, HALF), (HALF, 10_000)]


@pytest.mark.parametrize("wanted", [0, 499, 500])
def test_it_never_falls_and_what_is_no_share_is_no_share(world: World, wanted: int) -> None:
    live = world.partly_live(world.project())
    with pytest.raises(Refused) as caught:
        world.raise_traffic(live, wanted)
    refusal = caught.value.refusal
    assert (refusal.code, refusal.sentence) == (
        "TRAFFIC_NOT_HIGHER",
        "Traffic only rises, since whoever takes part stays in: it is 5 % already.",
    )
    with pytest.raises(InvalidInput):
        world.raise_traffic(live, 10_001)
    assert (traffic(world, live), len(world.execute(RISES))) == (500, 0)


def redrafted(world: World, project: Project) -> Experiment:
    paused = world.partly_live(project)
    world.move(paused, Status.STOPPED, Contract.INTEGERS)
    world.move(paused, Status.DRAFT, Contract.INTEGERS)
    return paused


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (Status.DRAFT, "EXPERIMENT_NOT_STARTED", "in its design"),
        (Status.ARCHIVED, "INVALID_TRANSITION", "stays archived"),
        (Status.RUNNING, "TRAFFIC_NOT_HIGHER", "Its traffic is 100 % already."),
    ],
)
def test_what_has_no_open_run_is_sent_elsewhere(
    world: World, status: Status, code: str, words: str
) -> None:
    experiment = world.experiment(world.project(), status)
    with pytest.raises(Refused, match=words) as caught:
        world.raise_traffic(experiment, 10_000)
    assert caught.value.refusal.code == code


def test_a_paused_one_rises_and_goes_on_in_its_run_but_not_with_a_design_that_never_ran(
    world: World,
) -> None:
    project = world.project()
    live = world.partly_live(project)
    world.move(live, Status.STOPPED, Contract.INTEGERS)
    world.raise_traffic(live, HALF)
    world.start(live)
    assert traffic(world, live) == HALF
    assert len(world.execute("SELECT id FROM run WHERE test_id = :id", id=live.test_id)) == 1
    again = redrafted(world, project)
    world.redesign(again, Design(traffic_allocation=700))
    with world.app.app_context():
        unredraft = ActionRequest(Action.UNREDRAFT)
        named_actions.take_action(project.id, again.test_id, unredraft, COMMAND_LINE)
    with pytest.raises(Refused, match="never run as it is designed now"):
        world.raise_traffic(again, HALF)


def test_who_saw_another_version_changes_nothing(world: World) -> None:
    live = world.partly_live(world.project())
    seen = Precondition(frozenset({live.version}))
    world.raise_traffic(live, 700)
    with world.app.app_context(), pytest.raises(Refused, match="traffic edited"):
        rises.raise_traffic(
            live.project_id, live.test_id, RiseRequest(HALF, expected=seen), COMMAND_LINE
        )
    assert traffic(world, live) == 700


@on_both_databases
def test_at_its_moment_it_rises_once_by_who_asked_for_it(world: World) -> None:
    project, noon = world.project(), now() + HOUR
    live = world.partly_live(project)
    plan(world, live, noon)
    carry_out(world, project, noon - timedelta(seconds=1))
    assert traffic(world, live) == 500
    with world.app.app_context():
        assert list(due_changes.due_project_ids(noon, TERMS.late_start)) == [project.id]
        assert due_changes.oldest_due(noon, TERMS.late_start) == noon
    carry_out(world, project, noon)
    carry_out(world, project, noon)
    entry = world.entries(live)[-1]
    assert (entry.kind, entry.changes, entry.door) == (Kind.EDITED, RISE, Door.SCHEDULE)
    assert (entry.cause, entry.scheduled_for) == (CauseKind.SCHEDULE, noon)
    assert len(world.execute(RISES)) == 1
    assert world.planned(live) == Schedule(None, None)


def paused(world: World, experiment: Experiment) -> None:
    world.move(experiment, Status.STOPPED, Contract.INTEGERS)


def nobody_more(world: World, _experiment: Experiment) -> None:
    world.execute("UPDATE membership SET role = 'viewer'")


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (paused, "It fell due while the experiment was not live."),
        (nobody_more, "Whoever asked for it may not change experiments here any more."),
    ],
)
def test_one_that_may_not_come_any_more_is_dropped_and_history_says_why(
    world: World, meanwhile: Callable[[World, Experiment], None], why: str
) -> None:
    project, noon = world.project(), now() + HOUR
    live = world.partly_live(project)
    by = Actor(Door.BROWSER, user_id=world.person(world.member(project, Role.MARKETER)).user_id)
    with world.app.app_context():
        schedules.put(project.id, live.test_id, lambda _: Schedule(None, None, noon, HALF), by)
    meanwhile(world, live)
    carry_out(world, project, noon)
    entry = world.entries(live)[-1]
    assert (entry.kind, entry.door, entry.detail) == (Kind.UNSCHEDULED, Door.SCHEDULE, why)
    assert entry.changes == RISE
    assert (traffic(world, live), world.planned(live)) == (500, Schedule(None, None))


def test_raised_as_far_by_hand_or_with_its_run_ended_nothing_is_left_to_come(
    world: World,
) -> None:
    project, noon = world.project(limit=None), now() + HOUR
    by_hand, ended, higher = (world.partly_live(project) for _ in range(3))
    for each in (by_hand, ended, higher):
        plan(world, each, noon)
    world.raise_traffic(by_hand, HALF)
    world.raise_traffic(higher, 700)
    paused(world, ended)
    world.move(ended, Status.ARCHIVED, Contract.NAMES)
    assert world.planned(by_hand) == world.planned(ended) == Schedule(None, None)
    assert world.planned(higher) == Schedule(None, None, noon, HALF)
    assert [each.kind for each in world.entries(ended)][-2:] == [Kind.CHANGED, Kind.UNSCHEDULED]


@pytest.mark.parametrize(("share", "is_left"), [(4_999, True), (HALF, False), (6_000, False)])
def test_a_design_with_as_much_traffic_leaves_a_rise_nothing_to_come_for(
    world: World, share: int, *, is_left: bool
) -> None:
    draft, noon = world.experiment(world.project()), now() + HOUR
    world.redesign(draft, Design(traffic_allocation=500))
    plan(world, draft, noon)
    world.redesign(draft, Design(traffic_allocation=share))
    assert (world.planned(draft) == Schedule(None, None, noon, HALF)) is is_left
    is_told = world.entries(draft)[-1].detail == "Its design has as much traffic by itself."
    assert is_told is not is_left


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (Schedule(None, None, now() - HOUR, HALF), "raise_at"),
        (Schedule(None, None, now() + HOUR, None), "raise_to"),
        (Schedule(None, None, None, HALF), "raise_at"),
        (Schedule(None, None, now() + HOUR, 10_001), "raise_to"),
        (Schedule(None, now() + HOUR, now() + 2 * HOUR, HALF), "raise_at"),
    ],
)
def test_what_cannot_be_set_is_said_beside_its_field(
    world: World, schedule: Schedule, field: str
) -> None:
    live = world.partly_live(world.project())
    with world.app.app_context(), pytest.raises(InvalidInput) as caught:
        schedules.put(live.project_id, live.test_id, lambda _: schedule, COMMAND_LINE)
    assert caught.value.field == field
    assert world.planned(live) == Schedule(None, None)


def test_a_lower_one_is_not_set_either_nor_over_the_head_of_somebody_else(world: World) -> None:
    live, noon = world.partly_live(world.project()), now() + HOUR
    with pytest.raises(Refused, match="only rises"):
        plan(world, live, noon, share=500)
    plan(world, live, noon)
    with world.app.app_context(), pytest.raises(Conflict):
        schedules.put(
            live.project_id,
            live.test_id,
            lambda _: Schedule(None, None),
            COMMAND_LINE,
            expected=Schedule(None, None),
        )


@on_both_databases
@pytest.mark.parametrize("choice", [None, *StartsChoice])
def test_when_its_author_goes_a_rise_is_kept_or_dropped_like_a_start(
    world: World, choice: StartsChoice | None
) -> None:
    project, noon = world.project(), now() + HOUR
    live, email = world.partly_live(project), world.member(project, Role.MARKETER)
    owner = world.person(world.member(project, Role.OWNER))
    schedule = Schedule(None, None, noon, HALF)
    with world.app.app_context():
        schedules.put(project.id, live.test_id, lambda _: schedule, world.person(email))
    if choice is None:
        with pytest.raises(StartsUndecided):
            world.remove(project, email, owner)
        return
    world.remove(project, email, owner, choice)
    carry_out(world, project, noon)
    is_kept = choice is StartsChoice.KEEP
    assert traffic(world, live) == (HALF if is_kept else 500)
    by = [(each.kind, each.user_id) for each in world.entries(live)[-2:]]
    handed_over = [(Kind.HANDED_OVER, owner.user_id), (Kind.EDITED, owner.user_id)]
    assert by == handed_over if is_kept else by[-1] == (Kind.UNSCHEDULED, owner.user_id)


def test_a_closed_project_has_no_rise_to_come(world: World) -> None:
    project = world.project()
    live = world.partly_live(project)
    plan(world, live, now() + HOUR)
    with world.app.app_context(), changing(project.id, COMMAND_LINE) as work:
        closing.close(work, "Over.")
    assert world.planned(live) == Schedule(None, None)
