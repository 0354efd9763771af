"""Statements on means that hold for one look, at a moment fixed beforehand.

All are of the logarithm of variant mean / control mean, which is about normal once both arms are
settled; its variance is by the delta method. None is made before. So the interval leaves out 0
exactly when the p-value is below 0.05.
"""

import math
from statistics import NormalDist

from app.results.statistics.arms import Arm, Interval
from app.results.statistics.log_ratio import LogRatio, log_ratio
from app.results.statistics.one_look import ERROR_RATE

NORMAL = NormalDist()
QUANTILE = NORMAL.inv_cdf(1 - ERROR_RATE / 2)


def interval(control: Arm, variant: Arm) -> Interval | None:
    """Return the 95 % interval of the improvement."""
    found = log_ratio(control, variant)
    if found is None:
        return None
    reach = QUANTILE * math.sqrt(found.variance)
    return Interval(math.expm1(found.estimate - reach), math.expm1(found.estimate + reach))


def p_value(control: Arm, variant: Arm) -> float | None:
    """Return the two-sided p-value of equal means."""
    found = log_ratio(control, variant)
    return None if found is None else math.erfc(abs(_score(found)) / math.sqrt(2))


def chance_to_beat(control: Arm, variant: Arm) -> float | None:
    """P(variant mean > control mean), by the normal approximation and from a flat prior."""
    found = log_ratio(control, variant)
    return None if found is None else NORMAL.cdf(_score(found))


def _score(found: LogRatio) -> float:
    """Return how many standard deviations it is from none."""
    return found.estimate / math.sqrt(found.variance)
