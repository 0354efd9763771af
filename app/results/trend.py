"""The rates of a goal, or the means of one that sums up, day by day."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.results.counts import Counts
from app.results.reading import Side, Target
from app.results.statistics.arms import Arm
from app.results.statistics.one_look_of_means import QUANTILE


@dataclass(frozen=True)
class RateInterval:
    """A 95 % interval of a rate, as fractions, or of a mean."""

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


def interval_of(arm: Arm) -> RateInterval | None:
    """Return the interval of what is compared, a rate or a mean; None without visitors."""
    return mean_interval(arm) if arm.sums_up else rate_interval(arm)


def mean_interval(arm: Arm) -> RateInterval | None:
    """Return the interval of a mean, None without visitors: by the normal approximation."""
    if arm.mean is None or arm.sums is None:
        return None
    _, squares = arm.sums
    variance = max(squares / arm.visitors - arm.mean**2, 0.0) / arm.visitors
    reach = QUANTILE * math.sqrt(variance)
    return RateInterval(arm.mean - reach, arm.mean + reach)


def rate_interval(arm: Arm) -> RateInterval | None:
    """Return the interval of a rate, None without visitors.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", Journal
    of the American Statistical Association 22: the score interval, sound for small counts too.
    """
    if arm.rate is None:
        return None
    visitors, squared = arm.visitors, QUANTILE**2
    centre = (arm.rate + squared / (2 * visitors)) / (1 + squared / visitors)
    variance = arm.rate * (1 - arm.rate) / visitors + squared / (4 * visitors**2)
    reach = QUANTILE / (1 + squared / visitors) * math.sqrt(variance)
    # It lies within 0 and 1 but for rounding.
    return RateInterval(max(0.0, centre - reach), min(1.0, centre + reach))


def trends(
    counts: Counts, sides: Sequence[Side], target: Target, days: Sequence[date]
) -> tuple[Trend, ...]:
    """Return how each variant's rate, or mean, of all days so far went over these days."""
    return tuple(
        Trend(
            side,
            tuple(
                Point(day, arm, interval_of(arm))
                for day, arm in zip(days, _arms(counts, side, target, days), strict=True)
            ),
        )
        for side in sides
    )


def _arms(counts: Counts, side: Side, target: Target, days: Sequence[date]) -> Sequence[Arm]:
    return counts.cumulative(side.position, target.id, days, sums_up=target.sums_up)
