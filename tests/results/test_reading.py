"""What is read of a run: its counts in one statement, its design, its changes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.database.engine import db
from app.experiments import live_changes
from app.experiments.designs import Design, GoalUse
from app.experiments.live_changes import Change
from app.models import GoalRole, Status
from app.results import reading
from app.results.counts import Counts
from app.results.days.period import WHOLE_RUN, DayRange
from app.results.statistics.arms import Arm
from tests.conftest import on_both_databases
from tests.measured import PURCHASE, Measured, noon, planned, started
from tests.statements import recorded
from tests.world import World

pytestmark = on_both_databases


def goal_id(world: World) -> int:
    return world.execute("SELECT id FROM goal WHERE key = 'purchase'")[0].id


def counted(measured: Measured, days: DayRange = WHOLE_RUN) -> Counts:
    return reading.counts([measured.run_id], days)[measured.run_id]


def arms(measured: Measured, days: DayRange = WHOLE_RUN) -> list[Arm]:
    world = measured.world
    with world.app.app_context():
        counts = counted(measured, days)
        return [counts.arm(position, goal_id(world)) for position in (0, 1)]


def test_counts_are_summed_over_the_days(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 10, noon(3), purchase=4)
    measured.come(0, 5, noon(1), purchase=1)
    measured.come(1, 7, noon(1))
    assert arms(measured) == [Arm(15, 5), Arm(7, 0)]


def test_counts_are_of_the_days_asked_for_alone(world: World) -> None:
    measured = started(world, world.project())
    for day in (4, 3, 2, 1):
        measured.come(0, 10**day, noon(day), purchase=day)
    three, two = noon(3).date(), noon(2).date()
    assert arms(measured, DayRange(three, two))[0] == Arm(1100, 5)
    assert arms(measured, DayRange(first=two))[0] == Arm(110, 3)
    assert arms(measured, DayRange(last=three))[0] == Arm(11_000, 7)


def test_counts_are_of_this_run_and_of_nobody_elses(world: World) -> None:
    project = world.project(None)
    mine, other = started(world, project), started(world, project, name="Other")
    mine.come(0, 3, noon(1), purchase=1)
    other.come(0, 30, noon(1), purchase=10)
    assert arms(mine)[0] == Arm(3, 1)


def test_values_are_summed_by_goal_and_variant(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 10, noon(3), 2.5, purchase=4)
    measured.come(0, 10, noon(2), -0.5, purchase=2)
    with world.app.app_context():
        counts = counted(measured)
        assert counts.total_value(0, goal_id(world)) == 9.0
        assert counts.total_value(1, goal_id(world)) == 0.0


def test_a_day_is_a_date_whatever_the_database_keeps(world: World) -> None:
    measured = started(world, world.project())
    measured.come(1, 2, noon(5), purchase=1)
    with world.app.app_context():
        counts = counted(measured)
        day = noon(5).date()
        assert counts.day(day, 1).number == 2
        assert counts.day(day, 1, goal_id(world)).number == 1
        assert counts.day(day + timedelta(days=1), 1).number == 0


def test_visitors_and_conversions_come_of_one_statement(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 10, noon(3), purchase=4)
    with recorded(world.app) as sent, world.app.app_context():
        counted(measured)
    assert len(sent) == 1


def test_while_visitors_come_no_more_have_converted_than_came(world: World) -> None:
    measured = started(world, world.project())
    looks = rounds = 0

    def collect() -> None:
        nonlocal rounds
        # At least 15, and on until somebody has looked meanwhile.
        while rounds < 15 or (looks < 2 and rounds < 300):
            measured.come(0, 3, noon(0), purchase=3)
            rounds += 1

    with ThreadPoolExecutor(1) as pool:
        collecting = pool.submit(collect)
        while not collecting.done():
            control, _ = arms(measured)
            assert control.conversions == control.visitors
            looks += 1
        collecting.result()
    assert looks > 1
    assert rounds >= 15
    assert arms(measured)[0] == Arm(3 * rounds, 3 * rounds)


def test_the_design_is_read_in_its_order(world: World) -> None:
    goals = (GoalUse("signup", GoalRole.GUARDRAIL), GoalUse("purchase", GoalRole.PRIMARY))
    project = world.project()
    planned(world, project, PURCHASE, name="The first to have this goal")
    measured = planned(world, project, Design(goals=goals))
    with world.app.app_context():
        run_id = measured.run_id
        sides, targets = reading.sides([run_id])[run_id], reading.targets(run_id)
    assert [(side.name, side.weight, side.is_control) for side in sides] == [
        ("Control", 5000, True),
        ("Treatment", 5000, False),
    ]
    assert [(target.key, target.role) for target in targets] == [
        ("signup", GoalRole.GUARDRAIL),
        ("purchase", GoalRole.PRIMARY),
    ]


def test_changes_are_those_into_running_and_out_of_it(world: World) -> None:
    measured = started(world, world.project(), PURCHASE, days=9)
    measured.turn(Status.STOPPED, noon(5))
    measured.turn(Status.DRAFT, noon(4))
    measured.turn(Status.STOPPED, noon(3))
    measured.turn(Status.RUNNING, noon(2))
    test_id = measured.experiment.test_id
    with world.app.app_context():
        changes = live_changes.read(db.session(), [test_id])[test_id]
    assert [change.is_start for change in changes] == [True, False, True]
    assert [change.at for change in changes[1:]] == [noon(5), noon(2)]


def test_changes_since_a_moment_say_too_whether_it_was_live_then(world: World) -> None:
    measured = started(world, world.project(), PURCHASE, days=9)
    for status, days in ((Status.STOPPED, 5), (Status.RUNNING, 3), (Status.STOPPED, 1)):
        measured.turn(status, noon(days))
    test_id = measured.experiment.test_id
    with world.app.app_context():
        since = live_changes.read(db.session(), [test_id], noon(4))[test_id]
    assert since == [
        Change(*each) for each in ((noon(5), False), (noon(3), True), (noon(1), False))
    ]
