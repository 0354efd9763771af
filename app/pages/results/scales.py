"""Scales of charts: which numbers an axis names, and where on it a number is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST_TICKS = 6
_ROUND_STEPS = (1, 2, 2.5, 5, 10)
# An axis that would begin below this part of its end begins at nothing.
_NEAR_NOTHING = 0.4


@dataclass(frozen=True)
class Scale:
    """A stretch of numbers on a stretch of the drawing; `start` may lie above or below `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, number: float) -> float:
        """Return where `number` is drawn, to a tenth."""
        share = (number - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True)
class Tick:
    """A number or a day on an axis."""

    at: float
    text: str


def round_bounds(low: float, high: float) -> tuple[float, float, float]:
    """Return a range of round numbers around `low` to `high`, and the round step between its ticks.

    Numbers that are all the same are shown from nothing on.
    """
    if low >= high:
        low, high = min(low, 0.0), max(high, 0.0) or float(low == 0)
    low = 0.0 if 0 <= low < high * _NEAR_NOTHING else low
    step = _round_step((high - low) / (MOST_TICKS - 1))
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def ticks(low: float, high: float, step: float) -> list[float]:
    """Return the numbers that the axis names."""
    return [low + step * number for number in range(round((high - low) / step) + 1)]


def spread(wanted: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Places at least `gap` apart and as near as may be to the `wanted` ones, in their order.

    All lie within `lowest` and `highest` if that is long enough for them.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places: list[float] = []
    for index in order:
        least = places[-1] + gap if places else lowest
        places.append(max(wanted[index], least))
    most = highest
    for rank in reversed(range(len(places))):
        places[rank] = min(places[rank], most)
        most = places[rank] - gap
    return [round(places[order.index(index)], 1) for index in range(len(wanted))]


def _round_step(least: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(step * magnitude for step in _ROUND_STEPS if step * magnitude >= least * (1 - 1e-9))
