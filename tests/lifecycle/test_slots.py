"""The plan's limit: counted per project, never overrun by a start, never a reason to stop one."""

from dataclasses import replace

import pytest

from app.lifecycle import slots
from app.lifecycle.slots import Slots
from app.models import Project, Status, now
from tests.api.asking import CALLERS, in_the_contract, integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import World

pytestmark = on_both_databases

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED


def read(world: World, project: Project) -> Slots | None:
    with world.app.app_context():
        return slots.of_project(project.id)


def start_by_each_contract(world: World, project: Project) -> tuple[int, int]:
    ask = with_key(world, project)
    first, second = world.experiment(project), world.experiment(project)
    by_integers = ask("PATCH", integers_path(project, first), {"status": 1})
    by_names = ask("POST", names_path(second), {"status": "running"})
    return by_integers.status_code, by_names.status_code


@pytest.mark.parametrize("status", [DRAFT, STOPPED, ARCHIVED])
def test_only_running_experiments_hold_slots(world: World, status: Status) -> None:
    project = world.project(limit=2)
    for _ in range(3):
        world.experiment(project, status)
    assert start_by_each_contract(world, project) == (200, 200)


def test_each_project_has_slots_of_its_own_on_the_same_plan(world: World) -> None:
    project, other = world.project(limit=2), world.project()
    world.execute("UPDATE project SET plan_code = :code", code=project.plan_code)
    world.running(other, 2)
    assert start_by_each_contract(world, project) == (200, 200)
    assert start_by_each_contract(world, other) == (403, 429)


def test_pausing_frees_a_slot(world: World) -> None:
    project = world.project(limit=1)
    (running,), draft = world.running(project, 1), world.experiment(project)
    ask = with_key(world, project)
    assert ask("PATCH", integers_path(project, draft), {"status": 1}).status_code == 403
    assert ask("PATCH", integers_path(project, running), {"status": 0}).status_code == 200
    assert ask("PATCH", integers_path(project, draft), {"status": 1}).status_code == 200


@pytest.mark.parametrize(("limit", "answers"), [(None, (200, 200)), (0, (403, 429))])
def test_a_plan_may_be_unlimited_or_allow_none(
    world: World, limit: int | None, answers: tuple[int, int]
) -> None:
    project = world.project(limit=limit)
    if limit is None:
        world.running(project, 4)
    assert start_by_each_contract(world, project) == answers


def test_lowering_the_limit_stops_nothing_and_refuses_new_starts_until_below(world: World) -> None:
    project = world.project(limit=3)
    running = world.running(project, 3)
    world.set_limit(project, 2)
    assert [world.reload(each).status for each in running] == [RUNNING] * 3
    assert start_by_each_contract(world, project) == (403, 429)
    ask = with_key(world, project)
    ask("PATCH", integers_path(project, running[0]), {"status": 0})
    assert start_by_each_contract(world, project) == (403, 429)
    ask("PATCH", integers_path(project, running[1]), {"status": 0})
    assert start_by_each_contract(world, project) == (200, 429)


def test_over_its_limit_a_project_says_so_in_numbers(world: World) -> None:
    project = world.project(limit=3)
    world.running(project, 3)
    world.set_limit(project, 2)
    held = read(world, project)
    assert held
    assert (held.running, held.limit, held.full, held.over) == (3, 2, True, True)
    ask = with_key(world, project)
    answer = ask("POST", names_path(world.experiment(project)), {"status": "running"})
    assert answer.json
    assert "2 experiments at once" in answer.json["detail"]
    assert "3 are running" in answer.json["detail"]


@pytest.mark.parametrize(
    ("limit", "running", "full", "free", "over"),
    [
        (None, 2, False, None, False),
        (3, 1, False, 2, False),
        (2, 2, True, 0, False),
        (1, 2, True, 0, True),
    ],
)
def test_slots_are_free_full_or_over_by_their_numbers(
    world: World, limit: int | None, running: int, *, full: bool, free: int | None, over: bool
) -> None:
    project = world.project(limit=None)
    world.running(project, running)
    world.set_limit(project, limit)
    held = read(world, project)
    assert held
    assert (held.full, held.free, held.over) == (full, free, over)
    assert held.without_one == replace(held, running=running - 1)


def test_a_retired_project_and_one_that_is_not_there_have_no_slot(world: World) -> None:
    project = world.project(limit=None)
    world.execute("UPDATE project SET retired_at = :now", now=now())
    held = read(world, project)
    assert held
    assert (held.limit, held.full) == (0, True)
    with world.app.app_context():
        assert slots.of_project(project.id + 1) is None


def test_raising_the_limit_lets_the_next_one_start_at_once(world: World) -> None:
    project = world.project(limit=0)
    assert start_by_each_contract(world, project) == (403, 429)
    world.set_limit(project, 2)
    assert start_by_each_contract(world, project) == (200, 200)


def test_the_holders_are_named_newest_first_and_five_at_most(world: World) -> None:
    project = world.project(limit=9)
    names = [experiment.name for experiment in world.running(project, 6)]
    held = read(world, project)
    assert held
    assert [holder.name for holder in held.holders] == names[:0:-1]
    assert held.running == 6


def test_what_was_resumed_last_or_made_last_at_the_same_moment_is_the_newest_holder(
    world: World,
) -> None:
    project = world.project()
    older, newer = world.running(project, 2)
    world.move(older, STOPPED, Contract.INTEGERS)
    world.move(older, RUNNING, Contract.INTEGERS)
    held = read(world, project)
    world.execute("UPDATE experiment SET changed_at = :now", now=now())
    at_once = read(world, project)
    assert held
    assert at_once
    assert [holder.test_id for holder in held.holders] == [older.test_id, newer.test_id]
    assert [holder.test_id for holder in at_once.holders] == [newer.test_id, older.test_id]


def test_an_idle_project_has_no_holders(world: World) -> None:
    project = world.project(limit=2)
    assert read(world, project) == Slots(f"Plan {project.plan_code}", 2, 0, ())


@pytest.mark.parametrize("caller", CALLERS)
def test_with_the_plan_unreadable_starting_is_refused_by_both_contracts(
    world: World, caller: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    ask = CALLERS[caller](world, project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    sentence = "The plan or its usage cannot be read just now, so nothing is started."
    by_integers = ask("PATCH", integers_path(project, experiment), {"status": 1})
    assert (by_integers.status_code, in_the_contract(by_integers)) == (503, {"error": sentence})
    by_names = ask("POST", names_path(experiment), {"status": "running"})
    expected = {"error": "Plan unavailable", "code": "PLAN_UNREADABLE", "detail": sentence}
    assert (by_names.status_code, in_the_contract(by_names)) == (503, expected)
    assert world.reload(experiment).status is DRAFT
    assert world.history(experiment) == []


def test_with_the_plan_unreadable_nothing_is_created_as_live(world: World) -> None:
    project = world.project()
    ask = with_key(world, project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    body = {"test_name": "Banner", "url": "https://a.example", "status": 1}
    answer = ask("POST", f"/v2/project/{project.key}/create-experiment", body)
    assert answer.status_code == 503
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


@pytest.mark.parametrize("caller", CALLERS)
def test_with_the_plan_unreadable_pausing_still_works(world: World, caller: str) -> None:
    project = world.project()
    first, second = world.running(project, 2)
    ask = CALLERS[caller](world, project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    assert ask("PATCH", integers_path(project, first), {"status": 0}).status_code == 200
    assert ask("POST", names_path(second), {"status": "stopped"}).status_code == 200
    assert [world.reload(each).status for each in (first, second)] == [STOPPED, STOPPED]


def test_with_the_plan_unreadable_what_runs_is_confirmed_as_running(world: World) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    ask = with_key(world, project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    assert ask("PATCH", integers_path(project, running), {"status": 1}).status_code == 200
