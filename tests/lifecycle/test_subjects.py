"""Experiments as the rules see them, each read by itself."""

from app.lifecycle import subjects
from app.models import Experiment, Status
from tests.world import World


def opened(world: World, experiment: Experiment) -> object:
    """Return when an experiment's one run was opened, None while it is planned."""
    (row,) = world.execute("SELECT opened_at FROM run WHERE test_id = :id", id=experiment.test_id)
    return row.opened_at


def test_a_start_opens_its_own_run_and_nobody_elses(world: World) -> None:
    project = world.project()
    running, planned, starting = (
        world.experiment(project, status) for status in (Status.RUNNING, Status.DRAFT, Status.DRAFT)
    )
    before = opened(world, running)
    world.start(starting)
    assert opened(world, starting)
    assert (opened(world, running), opened(world, planned)) == (before, None)


def test_several_are_read_in_the_order_given_without_those_of_others(world: World) -> None:
    project = world.project()
    first, second = world.experiment(project), world.experiment(project)
    theirs = world.experiment(world.project())
    wanted = [second.test_id, theirs.test_id, first.test_id, theirs.test_id + 1]
    with world.app.app_context():
        found = subjects.find_all(project.id, wanted)
    assert [each.test_id for each in found] == [second.test_id, first.test_id]
