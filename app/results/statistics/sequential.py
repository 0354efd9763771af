"""Statements that hold however often one looks.

The normal mixture is of Robbins 1970, "Statistical Methods Related to the Law of the Iterated
Logarithm", Annals of Mathematical Statistics 41; for A/B tests of Johari, Koomen, Pekelis and
Walsh 2022, "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations Research 70.
Each side has its own error rate, by the one-sided boundary of Howard, Ramdas, McAuliffe and Sekhon
2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49.
That an estimated variance will do, as counts grow, is of Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
Statistics 52.
"""

import math

from app.results.statistics.arms import Arm, Interval
from app.results.statistics.log_ratio import log_ratio

ERROR_RATE = 0.05
"""How often a variant may be called better that is not, and how often worse that is not."""

EXPECTED_EFFECT = 0.15
"""The mixing standard deviation, on the scale of the log ratio: lifts of about 15 %.

Whatever it is the statements are valid, but they are sharpest about effects of this size: 0.1 finds
a lift of 25 % clearly later, 0.2 one of 10 % a little later.
"""


def interval(control: Arm, variant: Arm, comparisons: int) -> Interval | None:
    """Return the improvements that are possible, whenever one looks.

    Each bound misses the truth in at most 5 %.

    With V the variance, t the mixing standard deviation and alpha the error rate over
    `comparisons`: estimate +- sqrt(2 V (V + t^2) / t^2 * log(sqrt((V + t^2) / V) / (2 alpha) +
    1)).
    """
    found = log_ratio(control, variant)
    if found is None:
        return None
    reach = radius(found.variance, comparisons)
    low, high = found.estimate - reach, found.estimate + reach
    return Interval(math.expm1(low), math.expm1(high))


def radius(variance: float, comparisons: int) -> float:
    """Return how far the log ratio may be from its estimate, of this variance, at any look."""
    spread = 2 * variance * _mixed(variance) / EXPECTED_EFFECT**2
    return math.sqrt(spread * math.log1p(_widening(variance) * comparisons / (2 * ERROR_RATE)))


def is_surely_less(little: Arm, other: Arm, comparisons: int) -> bool:
    """Return whether a mean of too little for a log ratio surely is below another, at any look.

    It may be nothing, or less. The difference is taken over the other mean, and the variance of one
    visitor is the larger of both: where hardly anybody does anything, hardly any is seen.
    """
    if little.mean is None or little.is_settled or not other.is_settled or not other.mean:
        return False
    of_little = max(little.variance, other.variance) / little.visitors
    variance = (of_little + other.variance / other.visitors) / other.mean**2
    return radius(variance, comparisons) < 1 - little.mean / other.mean


def p_value(control: Arm, variant: Arm, comparisons: int) -> float | None:
    """Return the p-value of what the counts speak for, better or worse, whenever one looks.

    It is below 0.05 exactly when the interval leaves out 0; at most 1.
    """
    found = log_ratio(control, variant)
    if found is None:
        return None
    variances = 2 * found.variance * _mixed(found.variance)
    evidence = (found.estimate * EXPECTED_EFFECT) ** 2 / variances
    against = _widening(found.variance) * comparisons / 2
    return min(1.0, against * math.exp(-evidence) / max(-math.expm1(-evidence), 1e-300))


def _mixed(variance: float) -> float:
    """Return the variance of the estimate where the true effects vary as expected."""
    return variance + EXPECTED_EFFECT**2


def _widening(variance: float) -> float:
    """Return how much wider the estimate spreads where the true effects vary."""
    return math.sqrt(_mixed(variance) / variance)
