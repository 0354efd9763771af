"""The geometry of a result's chart: where everything is drawn, in the units of its viewBox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.pages.results.chart_lines import Line, bars_width, lines, seen
from app.pages.results.scales import Scale, Tick, round_bounds, ticks
from app.results.days.period import DAY, Course, Period, Span
from app.results.trend import Trend

WIDTH, LOWEST_HEIGHT = 920, 350
LEFT, RIGHT, TOP, BOTTOM = 58, 216, 30, 36
LABEL_GAP = 18
MOST_DAY_TICKS = 8
# A phone shows the right end of the chart: what few days there are is not to lie beyond its edge.
FEWEST_DAYS = 4
FIRST_PART = 10
PAUSE_LABEL_WIDTH = 54


@dataclass(frozen=True)
class Pause:
    """A stretch on which the experiment stood still; `text` is "" where there is no room."""

    x: float
    width: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn; `left` to `bottom` are the sides of the plot."""

    width: int
    height: int
    left: int
    top: int
    right: int
    bottom: int
    rates: tuple[Tick, ...]
    days: tuple[Tick, ...]
    pauses: tuple[Pause, ...]
    lines: tuple[Line, ...]
    is_cut: bool
    has_bands: bool


def chart(trends: Sequence[Trend], period: Period, course: Course) -> Chart | None:
    """Return the chart of a goal's trends, None where nobody came."""
    drawn = [trend for trend in trends if seen(trend)]
    if not drawn:
        return None
    height = max(LOWEST_HEIGHT, TOP + BOTTOM + LABEL_GAP * len(drawn))
    low, high, step = round_bounds(*_range(drawn))
    right = WIDTH - RIGHT - bars_width(len(drawn))
    across = _across(len(period.days), right)
    up = Scale(low, high, height - BOTTOM, TOP)
    name = _amount if drawn[0].points[0].arm.sums_up else _rate
    drawn_lines = lines(drawn, across, up, LABEL_GAP)
    has_bands = any(line.band for line in drawn_lines)
    return Chart(
        WIDTH,
        height,
        LEFT,
        TOP,
        right,
        height - BOTTOM,
        tuple(Tick(up.at(rate), name(rate, step)) for rate in ticks(low, high, step)),
        _day_ticks(period.days, across),
        _pauses(course.pauses, course.span_of(period), across),
        drawn_lines,
        _is_cut(drawn, low, high, has_bands=has_bands),
        has_bands,
    )


def _across(days: int, right: int) -> Scale:
    """Return the scale of so many days, the latest of which ends at the right."""
    return Scale(min(0, days - FEWEST_DAYS), days, LEFT, right)


def _range(drawn: Sequence[Trend]) -> tuple[float, float]:
    """Return the rates that the chart has to hold: all but the first ones, and the later intervals.

    Few visitors of the first days would make the others too flat to read.
    """
    days = len(drawn[0].points)
    held = [
        rate
        for trend in drawn
        for number, middle, interval in seen(trend)
        for rate in (middle, *((interval.low, interval.high) if number >= days // 2 else ()))
        if number >= days // FIRST_PART
    ]
    return min(held), max(held)


def _is_cut(drawn: Sequence[Trend], low: float, high: float, *, has_bands: bool) -> bool:
    """Return whether something that is drawn day by day goes beyond the chart."""
    return any(
        not low <= rate <= high
        for trend in drawn
        for _, middle, interval in seen(trend)
        for rate in (middle, *((interval.low, interval.high) if has_bands else ()))
    )


def _rate(rate: float, step: float) -> str:
    decimals = next((digits for digits in range(4) if _is_whole(step * 100 * 10**digits)), 4)
    return f"{rate * 100:.{decimals}f} %"


def _amount(mean: float, step: float) -> str:
    decimals = next((digits for digits in range(6) if _is_whole(step * 10**digits)), 6)
    return f"{mean:,.{decimals}f}"


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6 * number


def _day_ticks(days: Sequence[date], across: Scale) -> tuple[Tick, ...]:
    apart = -(-len(days) // MOST_DAY_TICKS)
    return tuple(
        Tick(across.at(number + 0.5), f"{days[number]:%-d %b}")
        for number in range(0, len(days), apart)
    )


def _pauses(
    pauses: Sequence[Span], drawn: tuple[datetime, datetime], across: Scale
) -> tuple[Pause, ...]:
    (first, last), found, free_from = drawn, [], 0.0
    for pause in pauses:
        began_at, ended_at = max(pause.began_at, first), min(pause.ended_at or last, last)
        if began_at >= ended_at:
            continue
        x, end = (across.at((each - first) / DAY) for each in (began_at, ended_at))
        has_room = (x + end) / 2 >= free_from
        free_from = (x + end) / 2 + PAUSE_LABEL_WIDTH if has_room else free_from
        found.append(Pause(x, max(end - x, 2.0), "paused" if has_room else ""))
    return tuple(found)
