"""How long a run takes to find a difference: in visitors, and in days at a traffic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from app.results.statistics import sequential
from app.results.statistics.arms import FEWEST_OF_EACH, FEWEST_SUMMED

POWER = 0.8
"""How often a real difference of the size is found by then, at least."""

LIFTS = (0.05, 0.10, 0.25)
WORTH_FINDING = 0.10
"""A smaller difference is hardly worth the wait: without a larger one, a run may end."""

LONGEST_DAYS = 1_000
_QUANTILE = NormalDist().inv_cdf(POWER)
_ALMOST_ALL = 0.999


@dataclass(frozen=True)
class Setting:
    """What a run is measured with.

    `rate` is the control's share of visitors who convert. `control` and `variant` are the parts of
    all visitors who take part that the control gets, and the smallest of the `comparisons` variants
    beside it. Of a goal that sums up, `spread` is the variance of what one visitor counts for over
    the square of its mean; what visitors do counts `window_days` after they came.
    """

    rate: float
    control: float
    variant: float
    comparisons: int
    spread: float | None = None
    window_days: int = 0


@dataclass(frozen=True)
class Forecast:
    """A real difference, relative to the control, and what it takes to be found; None for never."""

    lift: float
    visitors: int | None
    days: int | None


def forecast(setting: Setting, daily: float, minimum_days: int) -> tuple[Forecast, ...]:
    """Return what it takes to find each of the differences, of `daily` visitors who take part."""
    needed = ((lift, visitors_needed(setting, lift)) for lift in LIFTS)
    return tuple(
        Forecast(lift, visitors, _days_at_least(setting, visitors, daily, minimum_days))
        for lift, visitors in needed
    )


def setting(
    rate: float, weights: Sequence[int], spread: float | None = None, window_days: int = 0
) -> Setting | None:
    """Return what a split by `weights`, the control's first, is measured with.

    None where it compares nothing.
    """
    others = [weight for weight in weights[1:] if weight]
    if not (weights and weights[0] and others):
        return None
    whole = sum(weights)
    parts = weights[0] / whole, min(others) / whole
    return Setting(rate, *parts, len(others), spread, window_days)


def visitors_needed(setting: Setting, lift: float) -> int | None:
    """Return how many visitors find a real improvement of `lift` in 80 % of runs, or more.

    That many leave the estimate, less what chance takes from it in one run of five, at the bound
    where the sequential interval leaves zero behind; daily looks find some of them earlier. None
    where nobody or nearly everybody converts, or a variant gets nobody.
    """
    better = setting.rate * (1 + lift)
    is_possible = setting.spread is not None or better < _ALMOST_ALL
    if not (setting.rate > 0 and is_possible and setting.control and setting.variant):
        return None
    variance_of_one = _spread(setting, setting.rate) / setting.control
    variance_of_one += _spread(setting, better) / setting.variant
    variance = _variance_that_finds(math.log1p(lift), setting.comparisons)
    return max(math.ceil(variance_of_one / variance), _fewest(setting))


def days(visitors: int, daily: float) -> int | None:
    """Return the days until so many visitors have come, None where that is never to be seen."""
    if daily <= 0 or visitors / daily > LONGEST_DAYS:
        return None
    return math.ceil(visitors / daily)


def _spread(setting: Setting, rate: float) -> float:
    """Return the variance of one visitor over the square of the mean: (1 - p) / p of a rate."""
    return (1 - rate) / rate if setting.spread is None else setting.spread


def _days_at_least(
    setting: Setting, visitors: int | None, daily: float, minimum_days: int
) -> int | None:
    needed = None if visitors is None else days(visitors, daily)
    return None if needed is None else max(needed + setting.window_days, minimum_days)


def _variance_that_finds(effect: float, comparisons: int) -> float:
    """Return the variance of the log ratio at which an effect is found as often as it has to be."""
    low, high = math.log(1e-15), math.log(1e3)
    for _ in range(80):
        middle = (low + high) / 2
        variance = math.exp(middle)
        needed = sequential.radius(variance, comparisons) + _QUANTILE * math.sqrt(variance)
        low, high = (middle, high) if needed < effect else (low, middle)
    return math.exp(low)


def _fewest(setting: Setting) -> int:
    """Return how many visitors give each variant enough of both to say anything for sure."""
    smaller = min(setting.control, setting.variant)
    if setting.spread is not None:
        return math.ceil(FEWEST_SUMMED / (setting.rate * smaller))
    return math.ceil(FEWEST_OF_EACH / (min(setting.rate, 1 - setting.rate) * smaller))
