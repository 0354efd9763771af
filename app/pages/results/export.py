"""A result as tables for spreadsheets and programs: the counts of days, and the kept looks."""

from collections.abc import Iterable, Iterator

from app.core.moments import iso
from app.results.goal_results import comparisons_of
from app.results.reading import KeptLook, Side, Target
from app.results.report import Report

Row = dict[str, object]

_OF_ALL = ("run", "variant", "variant_name", "weight", "goal", "goal_name", "role")
COUNTS = ("day", *_OF_ALL, "visitors", "conversions", "total_value")
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
)


def counts(report: Report) -> Iterator[Row]:
    """Return a row for each day, variant and goal, if there are goals.

    `day` is the one on which the visitors came, by UTC; their conversions count on it whenever
    they happened. `weight` is the variant's intended share, of 10,000.
    """
    if not (report.course and report.period):
        return
    goals = [goal.target for goal in report.findings.goals] or [None]
    for day in report.period.days:
        for side in report.findings.sides:
            visitors = report.counts.day(day, side.position).number
            for goal in goals:
                reached = report.counts.day(day, side.position, goal.id) if goal else None
                yield {
                    "day": day.isoformat(),
                    "run": report.course.number,
                    **_variant(side),
                    **_goal(goal),
                    "visitors": visitors,
                    "conversions": reached.number if reached else 0,
                    "total_value": reached.total_value if reached else 0.0,
                }


def looks(report: Report, kept: Iterable[KeptLook]) -> Iterator[Row]:
    """Return a row for each kept look, goal and variant beside the control.

    `low`, `high` and `p_value` are what that look and all earlier ones have established, as
    fractions of the control's rate; `comparisons` is the number that widens them.
    """
    targets = [goal.target for goal in report.findings.goals]
    goals = {target.id: target for target in targets}
    sides = {side.position: side for side in report.findings.sides}
    for look in kept:
        yield {
            "at": iso(look.at),
            "run": report.course.number if report.course else None,
            **_variant(sides[look.position]),
            **_goal(goals[look.goal_id]),
            "comparisons": comparisons_of(goals[look.goal_id], targets, report.findings.sides),
            "control_visitors": look.control_visitors,
            "control_conversions": look.control_conversions,
            "visitors": look.visitors,
            "conversions": look.conversions,
            "low": look.low,
            "high": look.high,
            "p_value": look.p_value,
        }


def _variant(side: Side) -> Row:
    return {"variant": side.key, "variant_name": side.name, "weight": side.weight}


def _goal(goal: Target | None) -> Row:
    return {
        "goal": goal.key if goal else "",
        "goal_name": goal.name if goal else "",
        "role": goal.role if goal else "",
    }
