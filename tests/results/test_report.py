"""The result of an experiment, put together from what was counted of its runs."""

from datetime import timedelta

import pytest

from app.core.errors import NotFound
from app.experiments import lookup
from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, Status
from app.results import report
from app.results.days.period import WHOLE_RUN, DayRange
from app.results.report import Report
from app.results.statistics.arms import Arm
from app.results.verdict import VerdictKind
from tests.conftest import on_both_databases
from tests.measured import Measured, days_ago, golden, noon, planned, started
from tests.statements import recorded
from tests.world import World


def reported(measured: Measured, run: int | None = None, days: DayRange = WHOLE_RUN) -> Report:
    world = measured.world
    subject = lookup.subject(world.reload(measured.experiment))
    with world.app.app_context():
        return report.of(subject, run, days)


@on_both_databases
def test_the_golden_counts_are_told_as_they_are(world: World) -> None:
    found = reported(golden(world, world.project()))
    assert found.findings.visitors == (1500, 1480)
    assert found.findings.primary
    (treatment,) = found.findings.primary.challengers
    assert found.findings.primary.control.arm.rate == pytest.approx(0.08)
    assert treatment.arm.rate == pytest.approx(0.10)
    assert treatment.comparison.improvement == pytest.approx(0.25)
    assert found.findings.days_running == 14
    assert not found.findings.is_mismatched


def test_before_the_first_start_it_shows_the_planned_design_and_no_counts(world: World) -> None:
    found = reported(planned(world, world.project()))
    assert (found.course, found.period, found.courses, found.trends) == (None, None, (), ())
    assert [side.name for side in found.findings.sides] == ["Control", "Treatment"]
    assert found.findings.visitors == (0, 0)
    assert found.verdict.kind is VerdictKind.NOT_STARTED


def two_runs(world: World) -> Measured:
    measured = started(world, world.project(), days=20)
    measured.come(0, 600, noon(15), purchase=60)
    measured.turn(Status.STOPPED, days_ago(12))
    measured.turn(Status.DRAFT, days_ago(11))
    measured.open(days_ago(5))
    measured.come(0, 70, noon(3), purchase=7)
    return measured


def test_the_last_opened_run_is_shown_and_earlier_ones_can_be(world: World) -> None:
    measured = two_runs(world)
    assert reported(measured).findings.visitors == (70, 0)
    assert [each.number for each in reported(measured).courses] == [1, 2]
    first = reported(measured, 1)
    assert first.findings.visitors == (600, 0)
    assert first.course
    assert not first.findings.is_running
    assert first.findings.days_running == 8
    assert first.course.stopped_at == pytest.approx(days_ago(12), abs=timedelta(minutes=1))


def test_while_the_next_run_is_planned_the_last_one_is_still_shown(world: World) -> None:
    measured = two_runs(world)
    measured.turn(Status.STOPPED, days_ago(1))
    measured.turn(Status.DRAFT, days_ago(1))
    world.redesign(measured.experiment, Design(minimum_days=30))
    found = reported(measured)
    assert found.course
    assert found.course.number == 2
    assert found.findings.minimum_days == 7
    with pytest.raises(NotFound):
        reported(measured, 3)


def test_a_run_that_there_is_not_is_not_found(world: World) -> None:
    measured = started(world, world.project())
    for number in (0, 2, 99):
        with pytest.raises(NotFound):
            reported(measured, number)


def test_pauses_are_no_days_of_running(world: World) -> None:
    measured = started(world, world.project(), days=10.5)
    measured.turn(Status.STOPPED, days_ago(8))
    measured.turn(Status.RUNNING, days_ago(5))
    found = reported(measured)
    assert found.course
    assert len(found.course.pauses) == 1
    assert found.findings.days_running == 7


def test_some_days_are_judged_by_themselves(world: World) -> None:
    measured = golden(world, world.project())
    day = noon(9).date()
    found = reported(measured, days=DayRange(day, day))
    assert found.findings.visitors == (0, 1480)
    assert found.findings.days_running == 1
    assert not found.findings.is_whole_run
    assert found.period
    assert found.period.days == [day]
    assert [len(trend.points) for trend in found.trends] == [1, 1]


def test_the_trend_ends_where_the_tables_are(world: World) -> None:
    found = reported(golden(world, world.project()))
    assert [trend.points[-1].arm for trend in found.trends] == [Arm(1500, 120), Arm(1480, 148)]
    assert found.period
    assert [point.day for point in found.trends[0].points] == found.period.days


def test_every_goal_has_its_role_and_only_the_primary_one_has_a_trend(world: World) -> None:
    roles = dict(zip(("a", "b", "c"), GoalRole, strict=True))
    goals = tuple(GoalUse(key, role) for key, role in roles.items())
    measured = started(world, world.project(), Design(goals=goals))
    measured.come(0, 5, noon(1), a=1, b=2, c=3)
    found = reported(measured).findings
    assert {goal.target.key: goal.target.role for goal in found.goals} == roles
    assert [goal.control.arm.conversions for goal in found.goals] == [1, 2, 3]
    assert [trend.points[-1].arm for trend in reported(measured).trends] == [Arm(5, 1), Arm(0, 0)]


@pytest.mark.parametrize("visitors", [1, 3000])
def test_a_report_takes_as_many_statements_however_many_came(world: World, visitors: int) -> None:
    measured = started(world, world.project())
    for day in range(5):
        measured.come(0, visitors, noon(day), purchase=1)
    subject = lookup.subject(world.reload(measured.experiment))
    with recorded(world.app) as sent, world.app.app_context():
        report.of(subject)
    assert len(sent) == 8
    assert not [each for each in sent if "exposure" in each or "FROM conversion" in each]


def test_a_split_is_not_found_broken_by_days_that_chance_alone_may_have_had(world: World) -> None:
    measured = started(world, world.project())
    measured.come(0, 40, noon(5), purchase=4)
    whole, day = reported(measured), noon(5).date()
    assert whole.verdict.kind is VerdictKind.MISMATCH
    picked = reported(measured, days=DayRange(day, day))
    assert picked.verdict.kind is VerdictKind.PART_OF_RUN
    # One of the 120 ranges of its 15 days.
    assert whole.findings.sample_ratio_p_value
    expected = 120 * whole.findings.sample_ratio_p_value
    assert picked.findings.sample_ratio_p_value == pytest.approx(expected)
