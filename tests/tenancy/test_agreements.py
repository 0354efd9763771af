"""What a larger plan starts: nothing that nobody agreed to, and told afterwards."""

import pytest

from app.lifecycle import queue
from app.models import CauseKind, Project, Status
from app.tenancy import plans, projects
from app.tenancy.agreements import NotAgreed, Start
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World


def raised(world: World, project: Project, limit: int, agreed: str | None) -> plans.Saved:
    with world.app.app_context():
        return plans.edit(project.plan_code, "Larger", limit, COMMAND_LINE, agreed)


def moved(world: World, project: Project, code: int, agreed: str | None) -> list[Start]:
    with world.app.app_context():
        return list(projects.assign_plan(project.key, code, COMMAND_LINE, agreed))


@on_both_databases
def test_a_raised_limit_starts_nothing_that_nobody_agreed_to(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    first, second = world.queued(project, 2)
    with pytest.raises(NotAgreed) as asked:
        raised(world, project, 6, "")
    would_start = [Start(each.test_id, each.name, project.name) for each in (first, second)]
    assert list(asked.value.starts) == would_start
    assert world.line(project) == [first.test_id, second.test_id]
    assert world.execute("SELECT experiments_running FROM plan") == [(1,)]

    saved = raised(world, project, 6, asked.value.token)
    assert list(saved.started) == would_start
    for each in (first, second):
        assert world.reload(each).status is Status.RUNNING
        assert world.entries(each)[-1].cause is CauseKind.RAISED_LIMIT


@on_both_databases
def test_what_has_queued_since_it_was_asked_is_asked_again(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 1)
    with pytest.raises(NotAgreed) as asked:
        raised(world, project, 6, "")
    late = world.experiment(project)
    with world.app.app_context():
        queue.join(project.id, late.test_id, COMMAND_LINE, QUEUE_UNTIL)
    with pytest.raises(NotAgreed) as again:
        raised(world, project, 6, asked.value.token)
    assert len(again.value.starts) == 2
    assert world.reload(late).status is Status.DRAFT


def test_a_limit_that_starts_nothing_is_not_asked_about(world: World) -> None:
    project = world.project(limit=1)
    world.running(project, 1)
    waiting = world.queued(project, 1)
    world.set_limit(project, 0)
    assert list(raised(world, project, 1, "").started) == []
    assert world.reload(waiting[0]).status is Status.DRAFT


@on_both_databases
def test_a_project_moved_to_a_larger_plan_starts_what_was_agreed_to(world: World) -> None:
    project, code = world.project(limit=0), world.plan(limit=1)
    first, second = world.queued(project, 2)
    with pytest.raises(NotAgreed) as asked:
        moved(world, project, code, "")
    assert world.execute("SELECT plan_code FROM project") == [(project.plan_code,)]
    assert [each.test_id for each in asked.value.starts] == [first.test_id]
    started = moved(world, project, code, asked.value.token)
    assert started == [Start(first.test_id, first.name, project.name)]
    assert world.entries(first)[-1].cause is CauseKind.MOVED_PROJECT
    assert world.line(project) == [second.test_id]
