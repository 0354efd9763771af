"""A result as a table for spreadsheets."""

from collections.abc import Iterator

from app.results.reading import Side, Target
from app.results.report import Report

COLUMNS = (
    "day",
    "run",
    "variant",
    "variant_name",
    "goal",
    "goal_name",
    "visitors",
    "conversions",
    "total_value",
)


def rows(report: Report) -> Iterator[tuple[object, ...]]:
    """Return the head, then a row for each day, variant and goal, if there are goals.

    `day` is the one on which the visitors came, by UTC; their conversions count on it whenever
    they happened.
    """
    yield COLUMNS
    if not (report.course and report.period):
        return
    goals = [goal.target for goal in report.findings.goals] or [None]
    for day in report.period.days:
        for side in report.findings.sides:
            visitors = report.counts.day(day, side.position).number
            for goal in goals:
                reached = report.counts.day(day, side.position, goal.id) if goal else None
                yield (
                    day.isoformat(),
                    report.course.number,
                    *_named(side),
                    *_named(goal),
                    visitors,
                    reached.number if reached else 0,
                    reached.total_value if reached else 0.0,
                )


def _named(thing: Side | Target | None) -> tuple[str, str]:
    return (thing.key, thing.name) if thing else ("", "")
