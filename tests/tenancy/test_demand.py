"""Demand for slots: what a limit refused, and who asked, by project, plan and day."""

from datetime import UTC, timedelta

import pytest

from app.models import Project, now
from app.tenancy import demand, moves, slot_requests
from tests.api.asking import integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

TODAY = now().astimezone(UTC).date()


def counted(world: World, project: Project) -> list[tuple[int, int, int]]:
    """By plan: how many starts were refused today, and how many asked."""
    with world.app.app_context():
        every = [each for days in demand.exported() for each in days]
        found = [each for each in every if each.project_key == project.key]
    assert {each.day for each in found} <= {TODAY}
    return [(each.plan_code, each.refusals, each.requests) for each in found]


@on_both_databases
def test_each_start_that_the_limit_refuses_is_counted_under_the_plan_of_then(
    world: World,
) -> None:
    project, other_plan = world.project(limit=0), world.plan(limit=0)
    draft, ask = world.experiment(project), with_key(world, project)
    assert ask("PATCH", integers_path(project, draft), {"status": 1}).status_code == 403
    assert ask("POST", names_path(draft), {"status": "running"}).status_code == 429
    with world.app.app_context():
        moves.move([project.key], other_plan, COMMAND_LINE)
    many = {"ids": [draft.public_id, world.experiment(project).public_id], "status": "running"}
    ask("POST", "/api/admin/experiments/bulk", many)
    assert counted(world, project) == [(project.plan_code, 2, 0), (other_plan, 2, 0)]


def test_no_other_refusal_is_counted_and_nothing_that_is_only_tried(world: World) -> None:
    project = world.project(limit=0)
    draft, ask = world.experiment(project), with_key(world, project)
    assert ask("POST", names_path(draft), {"status": "stopped"}).status_code == 409
    path = f"{names_path(draft)}?dry_run=true"
    assert ask("POST", path, {"status": "running"}).status_code == 429
    assert counted(world, project) == []


@on_both_databases
def test_a_request_is_counted_once_however_often_it_is_asked(world: World) -> None:
    project = world.project(limit=0)
    draft, person = world.experiment(project), world.person(world.member(project))
    with world.app.app_context():
        for _ in range(2):
            slot_requests.ask(project.id, draft.test_id, person, QUEUE_UNTIL)
    assert counted(world, project) == [(project.plan_code, 0, 1)]


def test_weeks_begin_on_mondays_and_the_days_of_each_are_added_up(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        mondays = demand.weeks()
    assert {each.weekday() for each in mondays} == {0}
    assert mondays[-1] <= TODAY < mondays[-1] + timedelta(days=7)
    days = (mondays[0] - timedelta(days=1), mondays[0], mondays[0] + timedelta(days=6), mondays[1])
    for number, day in enumerate(days, start=1):
        world.execute(
            "INSERT INTO slot_demand (project_id, plan_code, day, refusals, requests)"
            " VALUES (:project, :plan, :day, :number, 1)",
            project=project.id,
            plan=project.plan_code,
            day=day.isoformat(),
            number=number,
        )
    with world.app.app_context():
        (found,) = demand.by_week(mondays)
    assert (found.refusals[:3], found.requests[:3]) == ((5, 4, 0), (2, 1, 0))


@on_both_databases
def test_all_of_it_is_read_some_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand, "EXPORTED_AT_ONCE", 2)
    for project in (world.project(), world.project()):
        for back in range(3):
            world.execute(
                "INSERT INTO slot_demand VALUES (:project, :plan, :day, 1, 0)",
                project=project.id,
                plan=project.plan_code,
                day=str(TODAY - timedelta(days=back)),
            )
    with world.app.app_context():
        portions = [[each.day for each in days] for days in demand.exported()]
    assert portions == [[TODAY - timedelta(days=back)] * 2 for back in (2, 1, 0)]
