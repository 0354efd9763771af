"""A result as a table for spreadsheets."""

import csv
import io
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
# Spreadsheets take a file without it for one in the computer's own encoding.
BYTE_ORDER_MARK = "\ufeff"
# Of full width too: spreadsheets in East Asia compute those.
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def written(report: Report) -> str:
    """One row for each day, variant and goal, or each day and variant of a run without goals.

    `day` is the one on which the visitors came, by UTC; their conversions count on it whenever
    they happened.
    """
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    # Quoted, a name stays one cell where a spreadsheet separates them otherwise.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(report))
    return text.getvalue()


def _rows(report: Report) -> Iterator[tuple[object, ...]]:
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
    return (thing.key, _harmless(thing.name)) if thing else ("", "")


def _harmless(name: str) -> str:
    """The name, marked as text where a spreadsheet would compute it (OWASP, "CSV Injection")."""
    return f"'{name}" if name.startswith(_BEGINS_A_FORMULA) else name
