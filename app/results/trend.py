"""The rates of a goal, day by day."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

from app.results.arms import Arm
from app.results.counts import Counts
from app.results.one_look import ERROR_RATE
from app.results.reading import Side

NORMAL_QUANTILE = NormalDist().inv_cdf(1 - ERROR_RATE / 2)


@dataclass(frozen=True)
class RateInterval:
    """A 95 % interval of a rate, as fractions."""

    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """A variant at the end of a day, counted from the first one on; None without visitors."""

    day: date
    arm: Arm
    interval: RateInterval | None


@dataclass(frozen=True)
class Trend:
    """A variant's points, one for each day, in order."""

    side: Side
    points: tuple[Point, ...]


def rate_interval(arm: Arm) -> RateInterval | None:
    """Return the interval of a rate, None without visitors.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    of the American Statistical Association 22: the score interval, sound for small counts too.
    """
    if arm.rate is None:
        return None
    visitors, squared = arm.visitors, NORMAL_QUANTILE**2
    centre = (arm.rate + squared / (2 * visitors)) / (1 + squared / visitors)
    variance = arm.rate * (1 - arm.rate) / visitors + squared / (4 * visitors**2)
    reach = NORMAL_QUANTILE / (1 + squared / visitors) * math.sqrt(variance)
    # It lies within 0 and 1 but for rounding.
    return RateInterval(max(0.0, centre - reach), min(1.0, centre + reach))


def trends(
    counts: Counts, sides: Sequence[Side], goal_id: int, days: Sequence[date]
) -> tuple[Trend, ...]:
    """Return how each variant's cumulative rate went over these days, at one goal."""
    return tuple(
        Trend(
            side,
            tuple(
                Point(day, arm, rate_interval(arm))
                for day, arm in zip(
                    days, counts.cumulative(side.position, goal_id, days), strict=True
                )
            ),
        )
        for side in sides
    )
