"""Projects moved to a plan, many of them in one unit of work."""

import pytest

from app.core.errors import NotFound
from app.models import Project, Status
from app.tenancy import moves
from app.tenancy.agreements import TO_ANY, TO_NONE, Consent, NotAgreed
from app.tenancy.moves import Moves
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World


def move(world: World, projects: list[Project], code: int, agreed: Consent = TO_ANY) -> Moves:
    with world.app.app_context():
        return moves.move([each.key for each in projects], code, COMMAND_LINE, agreed)


def plans_of(world: World) -> list[int]:
    return [row.plan_code for row in world.execute("SELECT plan_code FROM project ORDER BY id")]


@on_both_databases
def test_many_are_moved_at_once_and_told_project_by_project(world: World) -> None:
    waiting, crowded, there = world.project(limit=0), world.project(limit=3), world.project(limit=1)
    (queued,) = world.queued(waiting, 1)
    live = world.running(crowded, 3)
    every = [waiting, crowded, there]
    with pytest.raises(NotAgreed) as asked:
        move(world, every, there.plan_code, TO_NONE)
    assert plans_of(world) == [each.plan_code for each in every]
    assert world.reload(queued).status is Status.DRAFT

    done = move(world, every, there.plan_code, Consent(asked.value.effects.token))
    assert plans_of(world) == [there.plan_code] * 3
    assert [
        (
            each.key,
            each.before,
            each.changed,
            [start.test_id for start in each.effects.started],
            each.effects.surplus,
        )
        for each in done.projects
    ] == [
        (waiting.key, f"Plan {waiting.plan_code}", True, [queued.test_id], 0),
        (crowded.key, f"Plan {crowded.plan_code}", True, [], 2),
        (there.key, f"Plan {there.plan_code}", False, [], 0),
    ]
    assert world.reload(queued).status is Status.RUNNING
    assert {world.reload(each).status for each in live} == {Status.RUNNING}
    moved = world.execute(
        "SELECT project_id FROM audit_entry WHERE kind = 'project moved' ORDER BY id"
    )
    assert [row.project_id for row in moved] == [waiting.id, crowded.id]


def test_where_one_of_them_is_none_nothing_is_moved(world: World) -> None:
    project, code = world.project(), world.plan()
    with world.app.app_context(), pytest.raises(NotFound, match="Project not found: none"):
        moves.move([project.key, "none"], code, COMMAND_LINE)
    assert plans_of(world) == [project.plan_code]


def test_the_command_line_moves_projects_once_that_is_agreed_to(world: World) -> None:
    first, second, code = world.project(), world.project(), world.plan(limit=1)
    world.running(first, 2)
    arguments = ("project", "move", first.key, second.key, "--plan", str(code))
    assert "Say --yes to do it." in complaint(world, *arguments)
    assert printed(world, *arguments, "--yes") == {
        "plan": code,
        "moved": [first.key, second.key],
        "over": [first.key],
    }
