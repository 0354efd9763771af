"""Goals renamed, retired where nothing uses them, and brought back."""

import pytest

from app.core.errors import InvalidInput, NotFound
from app.experiments import creation, goals
from app.experiments.designs import Design, GoalUse
from app.models import Experiment, GoalRole, Kind, Project, Status
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

PURCHASE = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),))


def measured(world: World, project: Project, status: Status = Status.DRAFT) -> Experiment:
    """An experiment that measures purchases."""
    experiment = world.experiment(project)
    world.redesign(experiment, PURCHASE)
    if status in {Status.RUNNING, Status.STOPPED}:
        world.start(experiment)
    if status is Status.STOPPED:
        world.execute("UPDATE experiment SET status = 'stopped', stopped_at = started_at")
    if status is Status.ARCHIVED:
        world.archive(experiment)
    return experiment


def test_a_renamed_goal_keeps_its_key_and_pages_are_told(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    (before,) = world.execute("SELECT version FROM project")
    with world.app.app_context():
        goals.rename(project.id, "purchase", " Bought something ", COMMAND_LINE)
        assert [(each.key, each.name) for each in goals.listed(project.id)] == [
            ("purchase", "Bought something")
        ]
        with pytest.raises(NotFound):
            goals.rename(project.id, "other", "Name", COMMAND_LINE)
    (after,) = world.execute("SELECT version FROM project")
    assert after.version > before.version


@on_both_databases
@pytest.mark.parametrize("status", [Status.DRAFT, Status.RUNNING, Status.STOPPED])
def test_a_goal_that_is_used_is_not_retired_and_it_is_said_by_what(
    world: World, status: Status
) -> None:
    project = world.project()
    world.goal(project, "purchase")
    experiment = measured(world, project, status)
    with world.app.app_context():
        with pytest.raises(InvalidInput) as error:
            goals.retire(project.id, "purchase", COMMAND_LINE)
        assert f"“{experiment.name}”" in str(error.value)
        assert goals.retired(project.id) == []


def test_a_retired_goal_is_offered_for_no_design_until_it_is_back(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    measured(world, project, Status.ARCHIVED)
    draft = world.experiment(project)
    with world.app.app_context():
        goals.retire(project.id, "purchase", COMMAND_LINE)
        assert goals.listed(project.id) == []
        assert [each.key for each in goals.retired(project.id)] == ["purchase"]
        with pytest.raises(InvalidInput) as taken:
            goals.create(project.id, "purchase", COMMAND_LINE)
    assert "retired goal" in str(taken.value)
    with pytest.raises(InvalidInput):
        world.redesign(draft, PURCHASE)
    with world.app.app_context():
        goals.bring_back(project.id, "purchase", COMMAND_LINE)
    world.redesign(draft, PURCHASE)
    assert world.design(draft) == PURCHASE


def test_a_clone_leaves_a_retired_goal_out_and_says_so(world: World) -> None:
    project = world.project()
    world.goal(project, "purchase")
    original = measured(world, project, Status.ARCHIVED)
    with world.app.app_context():
        goals.retire(project.id, "purchase", COMMAND_LINE)
        clone = creation.clone(project.id, original.test_id, COMMAND_LINE)
    assert world.design(clone).goals == ()
    (entry,) = world.execute(
        "SELECT detail FROM history WHERE kind = :kind", kind=Kind.CLONED.value
    )
    assert entry.detail.endswith(", without the retired goal “purchase”.")
