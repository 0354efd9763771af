"""A result as tables for spreadsheets and programs: the counts of days, and the kept looks."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from app.core.moments import iso
from app.results.days.period import DayRange
from app.results.days.run_days import RunDays
from app.results.findings import GoalResult
from app.results.goal_results import comparisons_of
from app.results.reading import KeptLook, Side, Target
from app.results.report import Report

Row = dict[str, object]

NO_GOAL = 0

_OF_ALL = ("run", "variant", "variant_name", "weight", "goal", "goal_name", "role")
COUNTS = (
    "day",
    *_OF_ALL,
    "visitors",
    "conversions",
    "total_value",
    "kind",
    "cohort",
    "events",
    "measured",
    "squares",
)
LOOKS = (
    "at",
    *_OF_ALL,
    "comparisons",
    "control_visitors",
    "control_conversions",
    "visitors",
    "conversions",
    "low",
    "high",
    "p_value",
    "kind",
    "control_measured",
    "control_squares",
    "measured",
    "squares",
)


def counts(report: Report) -> Iterator[Row]:
    """Return a row for each day, variant and goal, if there are goals.

    `day` is the one on which the visitors came, by the zone of the run; their conversions count on
    it whenever they happened; days that are left out are not among them. `weight` is the variant's
    intended share, of 10,000. The day's `cohort` is whether its visitors count for the goal.
    `measured` is the sum of what they count for, each at most the cap, and `squares` that of its
    squares: 0 of a goal whose `kind` is `conversion`.
    """
    if not (report.course and report.period):
        return
    days = (each for stretch in report.period.without(report.exclusions) for each in stretch.days)
    for day in days:
        for side in report.findings.sides:
            for goal in report.findings.goals or [None]:
                yield {
                    "day": day.isoformat(),
                    "run": report.course.number,
                    **_variant(side),
                    **_goal(goal.target if goal else None),
                    "visitors": report.counts.day(day, side.position).number,
                    **_counted(report, goal, day, side),
                }


def _counted(report: Report, goal: GoalResult | None, day: date, side: Side) -> Row:
    """Return what the day's visitors of a variant did for a goal."""
    target = goal.target if goal else None
    cell = report.counts.day(day, side.position, target.id if target else NO_GOAL)
    return {
        "conversions": cell.number,
        "total_value": cell.total_value,
        "kind": target.kind if target else "",
        "cohort": goal.cohorts[day] if goal else "",
        "events": cell.events,
        "measured": cell.measured,
        "squares": cell.squares,
    }


def looks(report: Report, kept: Iterable[KeptLook]) -> Iterator[Row]:
    """Return a row for each kept look, goal and variant beside the control.

    `low`, `high` and `p_value` are what that look and all earlier ones have established, as
    fractions of the control's rate; `comparisons` is the number that widens them, None of looks at
    other days than those that are counted now.
    """
    goals = {goal.target.id: goal.target for goal in report.findings.goals}
    sides = {side.position: side for side in report.findings.sides}
    for look in kept:
        yield {
            "at": iso(look.at),
            "run": report.course.number if report.course else None,
            **_variant(sides[look.position]),
            **_goal(goals[look.goal_id]),
            "comparisons": _comparisons(report, goals[look.goal_id], look.at),
            "control_visitors": look.control_visitors,
            "control_conversions": look.control_conversions,
            "visitors": look.visitors,
            "conversions": look.conversions,
            "low": look.low,
            "high": look.high,
            "p_value": look.p_value,
            "kind": goals[look.goal_id].kind,
            "control_measured": look.control_measured,
            "control_squares": look.control_squares,
            "measured": look.measured,
            "squares": look.squares,
        }


def _comparisons(report: Report, target: Target, at: datetime) -> int | None:
    """Return how many comparisons a look at that moment was one of."""
    recounted_at = report.findings.recounted_at
    if report.course is None or (recounted_at and at <= recounted_at):
        return None
    left_out = [each for each in report.exclusions if each.at <= at]
    days = RunDays(report.course, DayRange(last=report.course.day(at)), left_out, at)
    targets = [goal.target for goal in report.findings.goals]
    return days.choices * comparisons_of(target, targets, report.findings.sides)


def _variant(side: Side) -> Row:
    return {"variant": side.key, "variant_name": side.name, "weight": side.weight}


def _goal(goal: Target | None) -> Row:
    return {
        "goal": goal.key if goal else "",
        "goal_name": goal.name if goal else "",
        "role": goal.role if goal else "",
    }
