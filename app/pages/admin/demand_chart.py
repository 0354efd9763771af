"""The small picture of demand: two bars a week, in the units of its viewBox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.pages.results.scales import Scale, Tick, round_bounds, ticks

WIDTH, HEIGHT = 360, 180
LEFT, RIGHT, TOP, BOTTOM = 36, 8, 12, 26
LEAST_HIGH = 4
BAR_SHARE = 0.36
WEEKS_BETWEEN_TICKS = 3


@dataclass(frozen=True)
class Bar:
    """A bar from the bottom up; none is drawn where it would be 0 high."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class DemandChart:
    """All that is drawn; `left` to `bottom` are the sides of the plot."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    counts: tuple[Tick, ...]
    days: tuple[Tick, ...]
    refusals: tuple[Bar, ...]
    requests: tuple[Bar, ...]


def chart(mondays: Sequence[date], refusals: Sequence[int], requests: Sequence[int]) -> DemandChart:
    """Return the chart of counts by week."""
    _, high, step = round_bounds(0, max(*refusals, *requests, LEAST_HIGH))
    step = max(step, 1)
    across = Scale(0, len(mondays), LEFT, WIDTH - RIGHT)
    up = Scale(0, high, HEIGHT - BOTTOM, TOP)
    return DemandChart(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        HEIGHT - BOTTOM,
        tuple(Tick(up.at(count), f"{count:,.0f}") for count in ticks(0, high, step)),
        tuple(
            Tick(across.at(week + 0.5), f"{mondays[week]:%-d %b}")
            for week in range(0, len(mondays), WEEKS_BETWEEN_TICKS)
        ),
        _bars(refusals, across, up, 0.5 - BAR_SHARE),
        _bars(requests, across, up, 0.5),
    )


def _bars(counts: Sequence[int], across: Scale, up: Scale, offset: float) -> tuple[Bar, ...]:
    width = round(across.at(BAR_SHARE) - across.at(0), 1)
    return tuple(
        Bar(across.at(week + offset), up.at(count), width, round(up.start - up.at(count), 1))
        for week, count in enumerate(counts)
        if count
    )
