"""A chart in words and figures, for whoever does not see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.pages.results.chart_lines import value
from app.results.trend import Point, Trend
from app.results.words import figures


@dataclass(frozen=True)
class Cell:
    """A variant at the end of a day, counted from the first one on."""

    name: str
    rate: str
    interval: str
    counts: str


@dataclass(frozen=True)
class Day:
    """A day with a cell for each variant."""

    name: str
    cells: tuple[Cell, ...]


def described(trends: Sequence[Trend]) -> str:
    """Return where the lines end, in one sentence a variant."""
    return " ".join(_end(trend) for trend in trends)


def numbers(trends: Sequence[Trend]) -> list[Day]:
    """Return the numbers behind the chart, day by day."""
    return [
        Day(
            f"{points[0].day:%-d %b %Y}",
            tuple(_cell(trend, point) for trend, point in zip(trends, points, strict=True)),
        )
        for points in zip(*(trend.points for trend in trends), strict=True)
    ]


def _end(trend: Trend) -> str:
    last = _cell(trend, trend.points[-1])
    return f"{last.name} ends at {last.rate}{last.interval and f', {last.interval}'}."


def _cell(trend: Trend, point: Point) -> Cell:
    name, arm, interval = trend.side.name, point.arm, point.interval
    counts = f"{figures.whole(arm.conversions)} of {figures.whole(arm.visitors)}"
    if arm.mean is None or interval is None:
        return Cell(name, "no visitors yet", "", counts)
    between = f"{value(trend, interval.low)} to {value(trend, interval.high)}"
    return Cell(name, value(trend, arm.mean), between, counts)
