"""What a change of plans brings: nothing that nobody agreed to, and told afterwards."""

import pytest

from app import lifecycle
from app.lifecycle.queueing import queue
from app.models import CauseKind, Experiment, Project, Status
from app.tenancy import moves, plans
from app.tenancy.agreements import Consent, Effects, NotAgreed, Over, Start
from app.tenancy.plans import Limit, PlanChange
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World


def limited(world: World, project: Project, limit: int, token: str) -> Effects:
    """Return what another limit of its plan brings a project."""
    asked = PlanChange(limit=Limit(limit))
    with world.app.app_context():
        return plans.change(project.plan_code, asked, COMMAND_LINE, Consent(token)).effects


def moved(world: World, project: Project, code: int, token: str) -> Effects:
    """Return what another plan brings a project."""
    with world.app.app_context():
        return moves.move([project.key], code, COMMAND_LINE, Consent(token)).effects


def starts(project: Project, *experiments: Experiment) -> Effects:
    return Effects(
        tuple(Start(each.test_id, each.name, project.key, project.name) for each in experiments)
    )


@on_both_databases
def test_a_raised_limit_starts_nothing_that_nobody_agreed_to(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    first, second = world.queued(project, 2)
    with pytest.raises(NotAgreed) as asked:
        limited(world, project, 6, "")
    assert asked.value.effects == starts(project, first, second)
    assert world.line(project) == [first.test_id, second.test_id]
    assert world.execute("SELECT experiments_running FROM plan") == [(1,)]

    assert limited(world, project, 6, asked.value.effects.token) == asked.value.effects
    for each in (first, second):
        assert world.reload(each).status is Status.RUNNING
        assert world.entries(each)[-1].cause is CauseKind.RAISED_LIMIT


@on_both_databases
def test_what_has_queued_since_it_was_asked_is_asked_again(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 1)
    with pytest.raises(NotAgreed) as asked:
        limited(world, project, 6, "")
    late = world.experiment(project)
    with world.app.app_context():
        queue.join(project.id, late.test_id, COMMAND_LINE, QUEUE_UNTIL)
    with pytest.raises(NotAgreed) as again:
        limited(world, project, 6, asked.value.effects.token)
    assert len(again.value.effects.started) == 2
    assert world.reload(late).status is Status.DRAFT


def test_a_limit_that_brings_nothing_is_not_asked_about(world: World) -> None:
    project = world.project(limit=2)
    world.running(project, 1)
    assert limited(world, project, 1, "") == Effects()
    waiting = world.queued(project, 1)
    world.set_limit(project, 0)
    assert limited(world, project, 1, "") == Effects()
    assert world.reload(waiting[0]).status is Status.DRAFT


@on_both_databases
def test_a_lowered_limit_puts_nobody_over_it_that_nobody_agreed_to(world: World) -> None:
    project, within = world.project(limit=3), world.project(limit=3)
    live = world.running(project, 3)
    world.running(within, 1)
    moved(world, within, project.plan_code, "")
    with pytest.raises(NotAgreed) as asked:
        limited(world, project, 1, "")
    over = Effects(over=(Over(project.key, project.name, 3, 1),))
    assert (asked.value.effects, asked.value.effects.surplus) == (over, 2)
    assert limited(world, project, 3, "") == Effects()

    world.move(live[0], Status.STOPPED, Contract.INTEGERS)
    with pytest.raises(NotAgreed) as again:
        limited(world, project, 1, over.token)
    assert limited(world, project, 1, again.value.effects.token).surplus == 1
    assert [world.reload(each).status for each in live[1:]] == [Status.RUNNING] * 2


def test_who_is_over_already_is_not_asked_about_where_the_limit_gets_no_lower(
    world: World,
) -> None:
    project = world.project(limit=3)
    world.running(project, 3)
    world.set_limit(project, 1)
    assert limited(world, project, 2, "") == Effects()


@on_both_databases
def test_a_project_moved_to_a_larger_plan_starts_what_was_agreed_to(world: World) -> None:
    project, code = world.project(limit=0), world.plan(limit=1)
    first, second = world.queued(project, 2)
    with pytest.raises(NotAgreed) as asked:
        moved(world, project, code, "")
    assert world.execute("SELECT plan_code FROM project") == [(project.plan_code,)]
    assert asked.value.effects == starts(project, first)
    assert moved(world, project, code, asked.value.effects.token) == starts(project, first)
    assert world.entries(first)[-1].cause is CauseKind.MOVED_PROJECT
    assert world.line(project) == [second.test_id]


def test_what_was_agreed_to_and_would_not_come_any_more_is_not_done(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    (waiting,) = world.queued(project, 1)
    with pytest.raises(NotAgreed) as asked:
        limited(world, project, 2, "")
    with world.app.app_context():
        lifecycle.leave_queue(project.id, waiting.test_id, COMMAND_LINE)
    with pytest.raises(NotAgreed, match="Nothing has been done"):
        limited(world, project, 2, asked.value.effects.token)
    assert limited(world, project, 2, "") == Effects()


def test_what_is_not_agreed_to_is_told_in_one_sentence_each(world: World) -> None:
    project, smaller = world.project(limit=2), world.plan(limit=1)
    world.running(project, 2)
    with pytest.raises(NotAgreed, match="stops nothing") as asked:
        moved(world, project, smaller, "")
    assert str(asked.value) == (
        f"This puts over the limit, and stops nothing: {project.name} (2 of 1 live). "
        "Nothing has been done."
    )
