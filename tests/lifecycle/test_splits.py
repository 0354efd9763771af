"""What can never be compared is known from its design, and said of a start; nothing is refused."""

import pytest

from app import lifecycle
from app.experiments.designs import Design, VariantDesign
from app.lifecycle import Change, Mode, Order
from app.models import Experiment, Project, SplitFault, Status
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World


def shares(*weights: int, traffic: int = 10_000) -> Design:
    """A design with these shares, the control's first."""
    variants = [VariantDesign(f"v{number}", weight) for number, weight in enumerate(weights)]
    return Design(tuple(variants), traffic)


NO_TRAFFIC = shares(5_000, 5_000, traffic=0)


def draft(world: World, project: Project, design: Design) -> Experiment:
    experiment = world.experiment(project)
    world.redesign(experiment, design)
    return experiment


def changed(world: World, experiment: Experiment, target: Status) -> Change:
    with world.app.app_context():
        asked = wish(target, Contract.INTEGERS)
        return lifecycle.transition(experiment.project_id, experiment.test_id, asked, COMMAND_LINE)


@on_both_databases
@pytest.mark.parametrize(
    ("design", "fault"),
    [
        (shares(5_000, 5_000), None),
        (shares(5_000, 5_000, 0), None),
        (shares(9_999, 1, traffic=1), None),
        (NO_TRAFFIC, SplitFault.NO_TRAFFIC),
        (shares(10_000, 0, traffic=0), SplitFault.NO_TRAFFIC),
        (shares(10_000, 0), SplitFault.ONE_VARIANT),
        (shares(0, 0, 10_000), SplitFault.ONE_VARIANT),
        (shares(0, 4_000, 6_000), SplitFault.NO_CONTROL),
    ],
)
def test_a_start_goes_through_and_says_what_can_never_be_compared(
    world: World, design: Design, fault: SplitFault | None
) -> None:
    project = world.project()
    draft(world, project, shares(3_000, 3_000, 4_000))
    experiment = draft(world, project, design)
    change = changed(world, experiment, Status.RUNNING)
    assert (change.status, change.split_fault) == (Status.RUNNING, fault)
    assert world.reload(experiment).status is Status.RUNNING


def test_a_resume_says_it_too_and_what_starts_nothing_does_not(world: World) -> None:
    experiment = draft(world, world.project(), NO_TRAFFIC)
    steps = (Status.RUNNING, Status.RUNNING, Status.STOPPED, Status.RUNNING)
    faults = [changed(world, experiment, step).split_fault for step in steps]
    assert faults == [SplitFault.NO_TRAFFIC, None, None, SplitFault.NO_TRAFFIC]


def test_it_is_said_of_the_present_design_not_of_one_before_it(world: World) -> None:
    experiment = draft(world, world.project(), NO_TRAFFIC)
    for step in (Status.RUNNING, Status.STOPPED, Status.DRAFT):
        changed(world, experiment, step)
    world.redesign(experiment, shares(5_000, 5_000))
    assert changed(world, experiment, Status.RUNNING).split_fault is None


def test_a_swap_and_a_place_in_the_queue_say_it(world: World) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING)
    incoming, waiting = (draft(world, project, NO_TRAFFIC) for _ in range(2))
    assert world.queue(waiting).split_fault is SplitFault.NO_TRAFFIC
    with world.app.app_context():
        swapped = lifecycle.swap(project.id, incoming.test_id, holder.test_id, COMMAND_LINE)
    assert swapped.split_fault is SplitFault.NO_TRAFFIC


def test_what_asks_for_a_slot_and_finds_one_says_it(world: World) -> None:
    project = world.project(limit=1)
    experiment = draft(world, project, NO_TRAFFIC)
    with world.app.app_context():
        asked = lifecycle.join_queue(project.id, experiment.test_id, COMMAND_LINE, QUEUE_UNTIL)
    assert (asked.status, asked.split_fault) == (Status.RUNNING, SplitFault.NO_TRAFFIC)


def test_of_many_those_say_it_that_go_live(world: World) -> None:
    project = world.project(limit=1)
    first, second = (draft(world, project, NO_TRAFFIC) for _ in range(2))
    order = Order([first.test_id, second.test_id], Status.RUNNING, Mode.AS_MANY_AS_FIT)
    with world.app.app_context():
        came = lifecycle.change_many(project.id, order, COMMAND_LINE)
    assert [item.goes_live for item in came.items] == [True, False]
    assert came.items[0].experiment.split_fault is SplitFault.NO_TRAFFIC
