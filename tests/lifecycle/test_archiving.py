"""Archiving in one step: what is live is paused first, and history tells both."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from app import lifecycle
from app.core.errors import Forbidden, NotFound
from app.lifecycle import Action, Archived, ChangeRequest, Offer, Precondition, Refused
from app.lifecycle.holds import holding
from app.models import Actor, CauseKind, Conclusion, Experiment, Kind, Role, Status, now
from tests import audit
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
OFFER = Offer(
    ARCHIVED, {STOPPED: Action.ARCHIVE, DRAFT: Action.DISCARD}, hidden=frozenset({ARCHIVED})
)
TO_ARCHIVED = ChangeRequest(OFFER)


def archive(
    world: World,
    experiment: Experiment,
    request: ChangeRequest = TO_ARCHIVED,
    actor: Actor = COMMAND_LINE,
) -> Archived:
    with world.app.app_context():
        return lifecycle.archive(experiment.project_id, experiment.test_id, request, actor)


def steps(world: World, experiment: Experiment) -> Sequence[tuple[Status, Status]]:
    return [(origin, target) for origin, target, _ in world.history(experiment)]


@on_both_databases
def test_what_is_live_is_paused_and_archived(world: World, database_url: str) -> None:
    project = world.project()
    experiment = world.experiment(project, RUNNING)
    archived = archive(world, experiment)
    assert archived.was_live
    assert world.reload(experiment).status is ARCHIVED
    assert steps(world, experiment) == [(DRAFT, RUNNING), (RUNNING, STOPPED), (STOPPED, ARCHIVED)]
    assert archived.entry_id == world.entries(experiment)[-1].id
    assert audit.read(database_url, project.id).breaks() == []


@pytest.mark.parametrize("origin", [DRAFT, STOPPED])
def test_what_is_not_live_is_archived_by_one_step(world: World, origin: Status) -> None:
    experiment = world.experiment(world.project(), origin)
    before = steps(world, experiment)
    assert not archive(world, experiment).was_live
    assert steps(world, experiment) == [*before, (origin, ARCHIVED)]


@on_both_databases
def test_the_freed_slot_goes_to_the_queue_and_its_entry_names_the_pause(
    world: World, database_url: str
) -> None:
    project = world.project(limit=1)
    (holder,) = world.running(project, 1)
    first, second = world.queued(project, 2)
    archive(world, holder)
    assert [world.reload(each).status for each in (first, second)] == [RUNNING, DRAFT]
    pause = world.entries(holder)[-2]
    start = world.entries(first)[-1]
    assert (start.cause, start.cause_entry_id) == (CauseKind.FREED_SLOT, pause.id)
    assert world.line(project) == [second.test_id]
    assert audit.read(database_url, project.id).breaks() == []


def test_a_held_queue_gives_the_slot_to_nobody(world: World) -> None:
    project = world.project(limit=1)
    (holder,) = world.running(project, 1)
    (waiting,) = world.queued(project, 1)
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)
    archive(world, holder)
    assert world.reload(waiting).status is DRAFT


@on_both_databases
def test_what_waits_leaves_the_queue_and_what_is_planned_is_dropped(world: World) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    archive(world, waiting)
    assert world.line(project) == []
    world.set_limit(project, 1)
    live = world.experiment(project, RUNNING)
    world.schedule(live, stop_at=now() + timedelta(days=1))
    archive(world, live)
    assert world.planned(live).stop_at is None
    kinds = [entry.kind for entry in world.entries(live)]
    assert kinds[-3:] == [Kind.CHANGED, Kind.CHANGED, Kind.UNSCHEDULED]


def test_the_reason_is_kept_with_both_steps_and_the_outcome_with_the_end(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    archive(world, experiment, ChangeRequest(OFFER, "Too slow.", Conclusion.LOST))
    notes = [(each.reason, each.conclusion) for each in world.entries(experiment)[-2:]]
    assert notes == [("Too slow.", None), ("Too slow.", Conclusion.LOST)]


def test_what_has_changed_since_runs_on(world: World) -> None:
    experiment = world.experiment(world.project(), RUNNING)
    seen = Precondition(frozenset({experiment.version - 1}))
    with pytest.raises(Refused):
        archive(world, experiment, ChangeRequest(OFFER, expected=seen))
    assert world.reload(experiment).status is RUNNING
    seen = Precondition(frozenset({experiment.version}))
    archived = archive(world, experiment, ChangeRequest(OFFER, expected=seen))
    assert world.reload(experiment).status is ARCHIVED
    assert world.reload(experiment).version == archived.version


def test_what_is_archived_is_not_there(world: World) -> None:
    experiment = world.experiment(world.project(), ARCHIVED)
    with pytest.raises(NotFound):
        archive(world, experiment)


def test_whose_right_has_ended_archives_nothing(world: World) -> None:
    project = world.project()
    email = world.member(project)
    experiment = world.experiment(project, RUNNING)
    world.give_role(project, email, Role.VIEWER)
    with pytest.raises(Forbidden):
        archive(world, experiment, actor=world.person(email))
    assert world.reload(experiment).status is RUNNING
