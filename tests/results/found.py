"""Findings made of bare counts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from app.models import DEFAULT_MARGIN, GoalRole, Status, Wanted
from app.results.counts import Counts, DayCount
from app.results.days.period import DayRange, Opened, course
from app.results.days.run_days import RunDays
from app.results.findings import Findings, GoalResult
from app.results.goal_results import ONLY_LOOK, Evidence, goal_result
from app.results.reading import Side, Target
from app.results.statistics.arms import Interval

DAY = date(2026, 3, 3)
TARGET = Target(1, "purchase", "Purchase", GoalRole.PRIMARY, Wanted.MORE, DEFAULT_MARGIN)
NAMES = ("Control", "Treatment", "Blue", "Green")


def sides(count: int) -> tuple[Side, ...]:
    """So many variants of equal shares."""
    return tuple(
        Side(position, NAMES[position].lower(), NAMES[position], 10_000 // count)
        for position in range(count)
    )


def goal(
    *arms: tuple[int, int],
    role: GoalRole = GoalRole.PRIMARY,
    wanted: Wanted = Wanted.MORE,
    name: str = "Purchase",
    alike: int = 1,
) -> GoalResult:
    """A goal with the visitors and conversions of each variant, the control's first.

    It is one of as many goals `alike` in the run.
    """
    target = Target(1, name.lower(), name, role, wanted, DEFAULT_MARGIN)
    visitors = [DayCount(DAY, position, None, arm[0], 0.0) for position, arm in enumerate(arms)]
    conversions = [DayCount(DAY, position, 1, arm[1], 0.0) for position, arm in enumerate(arms)]
    counts = Counts([*visitors, *conversions])
    return goal_result(target, evidence(counts, len(arms), [target] * alike))


def evidence(counts: Counts, variants: int, targets: Sequence[Target]) -> Evidence:
    """Counts of one day of so many variants, long ago."""
    began_at = datetime.combine(DAY, time(), UTC)
    run = course(Opened(1, began_at, "UTC"), [], Status.RUNNING)
    days = RunDays(run, DayRange(DAY, DAY), (), began_at + timedelta(days=99))
    return Evidence(targets, sides(variants), counts, ONLY_LOOK, days)


def findings(*goals: GoalResult, visitors: tuple[int, ...] | None = None) -> Findings:
    """Findings of a run that is running, of 14 days at least 7, and at least 500 visitors."""
    seen = visitors or tuple(each.arm.visitors for each in goals[0].variants)
    return Findings(
        status=Status.RUNNING,
        has_started=True,
        is_running=True,
        is_whole_run=True,
        time_running=timedelta(days=14),
        minimum_days=7,
        minimum_visitors=500,
        sides=sides(len(seen)),
        visitors=seen,
        goals=goals,
        call=None,
    )


def excludes_none(interval: Interval) -> bool:
    """Return whether no improvement at all lies outside."""
    return interval.low > 0 or interval.high < 0
