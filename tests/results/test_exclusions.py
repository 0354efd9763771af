"""Days that a result leaves out: every number says so, and it can be taken back."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.errors import InvalidInput, NotFound
from app.experiments import lookup
from app.models import Exclusion, now
from app.results import exclusions, past, report
from app.results.days.period import DayRange
from app.results.exclusions import NewExclusion
from app.results.report import Report
from app.results.statistics import sequential
from app.results.statistics.arms import Arm
from app.results.verdict import VerdictKind
from tests.conftest import on_both_databases
from tests.measured import PURCHASE, Measured, noon, started
from tests.world import COMMAND_LINE, World

AT_ONCE = replace(PURCHASE, minimum_visitors=0)
BOTS = "Bots on the price page"
Counted = NDArray[np.int64]


def day(days: int) -> date:
    return noon(days).date()


@pytest.fixture
def measured(world: World) -> Measured:
    """A run of 14 days: on one of them the treatment had many more conversions than on the rest."""
    measured = started(world, world.project(), AT_ONCE)
    measured.come(0, 300, noon(10), purchase=60)
    measured.come(1, 300, noon(10), purchase=61)
    measured.come(0, 100, noon(5), purchase=20)
    measured.come(1, 100, noon(5), purchase=90)
    return measured


def left_out(measured: Measured, days: DayRange, reason: str = BOTS) -> Exclusion:
    with measured.world.app.app_context():
        asked_for = (measured.project.id, measured.experiment.test_id)
        made = exclusions.leave_out(*asked_for, NewExclusion(days, reason), COMMAND_LINE)
        return made.exclusion


def counted_again(measured: Measured, exclusion_id: int) -> None:
    with measured.world.app.app_context():
        asked_for = (measured.project.id, measured.experiment.test_id)
        exclusions.count_again(*asked_for, exclusion_id, COMMAND_LINE)


def reported(measured: Measured) -> Report:
    with measured.world.app.app_context():
        return report.of(lookup.subject(measured.world.reload(measured.experiment)))


@on_both_databases
@pytest.mark.parametrize(
    ("days", "visitors"),
    [
        (DayRange(day(5), day(5)), 600),
        (DayRange(day(9), day(1)), 600),
        (DayRange(None, day(9)), 200),
        (DayRange(day(9), None), 600),
        (DayRange(), 0),
        (DayRange(day(8), day(6)), 800),
    ],
    ids=["a day", "days", "until", "from", "all", "an empty one"],
)
def test_who_first_came_on_a_day_that_is_left_out_does_not_count(
    measured: Measured, days: DayRange, visitors: int
) -> None:
    left_out(measured, days)
    found = reported(measured)
    assert found.findings.total_visitors == visitors
    with measured.world.app.app_context():
        daily = past.of(measured.project.id, "purchase").daily
    assert (daily is None) is (visitors == 0)


def test_a_call_ends_with_the_days_that_it_came_from_and_says_so(measured: Measured) -> None:
    measured.look()
    assert reported(measured).verdict.kind is VerdictKind.WINNER
    made = left_out(measured, DayRange(day(5), day(5)))
    verdict = reported(measured).verdict
    assert verdict.kind is VerdictKind.UNDECIDED
    assert "that no longer stands, since other days are counted." in verdict.sentence
    assert verdict.sentence.endswith(f"Left out: {day(5):%-d %B %Y}.")
    counted_again(measured, made.id)
    assert reported(measured).verdict.kind is VerdictKind.WINNER


def test_why_a_call_ended_is_said_however_often_days_are_left_out_since(
    measured: Measured,
) -> None:
    measured.look()
    left_out(measured, DayRange(day(5), day(5)))
    measured.come(0, 10, noon(3))
    left_out(measured, DayRange(day(3), day(3)))
    assert "no longer stands, since other days are counted." in reported(measured).verdict.sentence


def test_a_call_that_a_broken_split_ended_is_not_said_to_have_ended_by_days(
    measured: Measured,
) -> None:
    measured.look(now() - timedelta(hours=2))
    measured.come(0, 900, noon(4), purchase=200)
    measured.look()
    left_out(measured, DayRange(day(5), day(4)))
    told = reported(measured).verdict.sentence
    assert "no longer stands, since the split was found broken." in told


def test_what_wins_without_those_days_is_called_anew_at_once(measured: Measured) -> None:
    measured.come(0, 300, noon(4), purchase=60)
    measured.come(1, 300, noon(4), purchase=150)
    measured.look()
    left_out(measured, DayRange(day(5), day(5)))
    verdict = reported(measured).verdict
    assert (verdict.kind, verdict.is_borne_out) == (VerdictKind.WINNER, True)


def test_lists_say_it_at_once(measured: Measured) -> None:
    measured.look()
    left_out(measured, DayRange(day(5), day(5)))
    (standing,) = measured.world.execute("SELECT kind, sentence FROM standing")
    assert standing.kind == "undecided"
    assert "Left out" in standing.sentence


def test_what_is_done_is_no_error_where_lists_cannot_be_told(measured: Measured) -> None:
    measured.world.execute(
        "CREATE TRIGGER full_disk BEFORE INSERT ON standing BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    made = left_out(measured, DayRange(day(5), day(5)))
    assert [each.id for each in reported(measured).exclusions] == [made.id]
    measured.world.execute("DROP TRIGGER full_disk")


def test_days_that_are_left_out_are_no_days_that_it_ran(measured: Measured) -> None:
    assert reported(measured).findings.days_running == 14
    left_out(measured, DayRange(day(9), day(5)))
    assert reported(measured).findings.days_running == 9


def test_history_keeps_what_was_left_out_and_why(measured: Measured) -> None:
    counted_again(measured, left_out(measured, DayRange(day(5), None)).id)
    rows = measured.world.execute(
        "SELECT kind, reason, changes FROM history WHERE detail = 'days left out' ORDER BY id"
    )
    assert [(row.kind, row.reason) for row in rows] == [("edited", BOTS), ("edited", "")]
    said = f'[{{"first_day": "{day(5)}", "last_day": null}}]'
    assert f'"before": [], "after": {said}' in rows[0].changes
    assert f'"before": {said}, "after": []' in rows[1].changes


@pytest.mark.parametrize(
    ("days", "reason", "field"),
    [
        (DayRange(day(5), day(5)), " ", "reason"),
        (DayRange(day(5), day(5)), "x" * 501, "reason"),
        (DayRange(day(-2), None), BOTS, "first_day"),
        (DayRange(None, day(15)), BOTS, "last_day"),
        (DayRange(day(4), day(3)), BOTS, "first_day"),
    ],
    ids=["no reason", "a long one", "to come", "before the run", "twice"],
)
def test_what_leaves_nothing_more_out_is_refused(
    measured: Measured, days: DayRange, reason: str, field: str
) -> None:
    left_out(measured, DayRange(day(4), day(3)))
    with pytest.raises(InvalidInput) as refused:
        left_out(measured, days, reason)
    assert refused.value.field == field
    assert len(reported(measured).exclusions) == 1


def test_what_another_experiment_leaves_out_is_not_counted_again(
    world: World, measured: Measured
) -> None:
    other = started(world, world.project(), AT_ONCE)
    other.come(0, 1, noon(5))
    made = left_out(other, DayRange(day(5), day(5)))
    with pytest.raises(NotFound):
        counted_again(measured, made.id)
    assert [each.at <= now() for each in reported(other).exclusions] == [True]


def test_a_day_on_which_nobody_came_ends_nothing(measured: Measured) -> None:
    measured.look()
    made = left_out(measured, DayRange(day(2), day(2)))
    assert reported(measured).findings.call_that_stands
    counted_again(measured, made.id)
    assert reported(measured).findings.call_that_stands


def test_each_choice_of_days_widens_the_sure_range(measured: Measured) -> None:
    left_out(measured, DayRange(day(5), day(5)))
    (variant,) = reported(measured).findings.goals[0].challengers
    arms = Arm(300, 60), Arm(300, 61)
    # One of fifteen days: it could have been any other.
    assert variant.comparison.sequential_interval == sequential.interval(*arms, comparisons=15)


def test_days_picked_by_what_they_show_call_a_winner_of_equals_in_at_most_5_percent() -> None:
    dice, runs, days, wins = np.random.default_rng(14), 200, 40, 0
    for _ in range(runs):
        control, variant = (dice.binomial(300, 0.1, days) for _ in range(2))
        worst_first = np.argsort(variant - control)
        wins += any(
            _wins(control[worst_first[number:]], variant[worst_first[number:]], days)
            for number in range(20)
        )
    assert wins <= 0.05 * runs


def _wins(control: Counted, variant: Counted, days: int) -> bool:
    """Return whether the days that are left of so many call the variant a winner."""
    arms = (Arm(300 * len(each), int(each.sum())) for each in (control, variant))
    interval = sequential.interval(*arms, comparisons=math.comb(days, len(control)))
    return interval is not None and interval.low > 0
