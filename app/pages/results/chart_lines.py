"""The lines of a chart, one a variant, each to be told from the others without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from app.pages.results.scales import Scale, spread
from app.results.trend import RateInterval, Trend
from app.results.words import figures

MOST_BANDS = 4
BAR_GAP = 3
MOST_MARKERS = 8
LONGEST_LABEL = 15

# Twenty variants, the most that there are, differ in dash and shape together.
DASHES = ("", "9 5", "2 4", "12 4 2 4")
SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.6-3.6h7.2v7.2h-7.2z",
    "M0-4.8L4.6 3.6h-9.2z",
    "M0-5.2L5.2 0L0 5.2L-5.2 0z",
    "M-4-2.4L-2.4-4L0-1.6L2.4-4L4-2.4L1.6 0L4 2.4L2.4 4L0 1.6L-2.4 4L-4 2.4L-1.6 0z",
)
COLOURS = 8


@dataclass(frozen=True)
class Style:
    """The looks of a variant in a chart: the number of its colour, its dashes, its shape."""

    colour: int
    dash: str
    shape: str


@dataclass(frozen=True)
class Label:
    """The label at the end of a line."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Line:
    """A variant's line, its interval as a band or as a bar at its end, and its label.

    `leader` leads from the end of the line to the label.
    """

    style: Style
    points: str
    band: str
    bar: tuple[float, float, float] | None
    markers: tuple[tuple[float, float], ...]
    leader: str
    label: Label


def style(position: int) -> Style:
    """Return how the variant at this position is drawn, here and in the tables."""
    return Style(position % COLOURS, DASHES[position % len(DASHES)], SHAPES[position % len(SHAPES)])


Seen = tuple[int, float, RateInterval]
"""The number of a day, the rate or the mean at its end, and the interval of that."""


def seen(trend: Trend) -> list[Seen]:
    """Return the days at whose end the variant had any visitors."""
    return [
        (number, point.arm.mean, point.interval)
        for number, point in enumerate(trend.points)
        if point.arm.mean is not None and point.interval
    ]


def value(trend: Trend, number: float) -> str:
    """Return a rate in percent, or a mean as an amount."""
    return figures.each(number) if trend.points[0].arm.sums_up else figures.rate(number)


def bars_width(count: int) -> int:
    """Return how much room the intervals of so many lines take beside their ends."""
    return BAR_GAP * count if count > MOST_BANDS else 0


def lines(drawn: Sequence[Trend], across: Scale, up: Scale, gap: float) -> tuple[Line, ...]:
    """Return the lines of trends that have any visitors, their labels at least `gap` apart."""
    is_one_day = all(len(seen(trend)) == 1 for trend in drawn)
    ends = [seen(trend)[-1][1] for trend in drawn]
    places = spread([up.at(rate) for rate in ends], gap, up.end, up.start)
    return tuple(
        _line(_Place(index, len(drawn), is_one_day, across, up), trend, place)
        for index, (trend, place) in enumerate(zip(drawn, places, strict=True))
    )


@dataclass(frozen=True)
class _Place:
    """The place of a chart's lines, this one being the `index`th of `count`.

    `is_one_day` is whether no line has more than one point.
    """

    index: int
    count: int
    is_one_day: bool
    across: Scale
    up: Scale

    @property
    def aside(self) -> float:
        """Return how far a line of a single day is set aside: all of them would be on one spot."""
        return 16 * (self.index - (self.count - 1) / 2) if self.is_one_day else 0.0

    @property
    def has_band(self) -> bool:
        """Return whether the intervals are drawn along the line.

        Many bands would hide each other.
        """
        return self.count <= MOST_BANDS and not self.is_one_day

    def x(self, number: int) -> float:
        """Return where the end of this day is drawn."""
        return round(self.across.at(number + 0.5) + self.aside, 1)

    @property
    def bar_x(self) -> float:
        """Return where the interval at the end is drawn, if not along the line."""
        end = self.x(int(self.across.high) - 1)
        return end if self.is_one_day else end + 10 + BAR_GAP * self.index

    @property
    def knee_x(self) -> float:
        """Return where the leader turns to the label.

        Beside the plot and what is drawn beyond it.
        """
        return self.across.end + 8 + bars_width(self.count)

    @property
    def label_x(self) -> float:
        """Return where the label begins."""
        return self.knee_x + 20


def _line(place: _Place, trend: Trend, label_y: float) -> Line:
    days, up = seen(trend), place.up
    spots = [(place.x(number), up.at(rate)) for number, rate, _ in days]
    (end_x, end_y), last = spots[-1], days[-1]
    bar = (place.bar_x, up.at(last[2].low), up.at(last[2].high))
    text = f"{_shortened(trend.side.name)} {value(trend, last[1])}"
    return Line(
        style(trend.side.position),
        _joined(spots),
        _band(place, days) if place.has_band else "",
        None if place.has_band else bar,
        _markers(spots, place.index),
        _joined([(end_x, end_y), (place.knee_x, end_y), (place.label_x - 5, label_y)]),
        Label(place.label_x, label_y, text),
    )


def _joined(spots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in spots)


def _band(place: _Place, days: Sequence[Seen]) -> str:
    """Return the outline of the intervals.

    Along their upper ends, and back along the lower ones.
    """
    above = [(place.x(number), place.up.at(interval.high)) for number, _, interval in days]
    below = [(place.x(number), place.up.at(interval.low)) for number, _, interval in days]
    return _joined([*above, *reversed(below)])


def _markers(spots: Sequence[tuple[float, float]], index: int) -> tuple[tuple[float, float], ...]:
    """Return some of the spots and always the last, elsewhere than on the lines before this one."""
    apart = -(-len(spots) // MOST_MARKERS)
    return (*spots[index % apart : -1 : apart], spots[-1])


def _shortened(name: str) -> str:
    """Return the name as far as there is room; a wide character takes the room of two."""
    room, kept = LONGEST_LABEL, ""
    for character in name:
        room -= 2 if east_asian_width(character) in "WF" else 1
        if room < 0:
            return f"{kept.rstrip()}…"
        kept += character
    return kept
