"""The log ratio of two arms, which is about normal once both are settled."""

import math
from typing import NamedTuple

from app.results.statistics.arms import Arm


class LogRatio(NamedTuple):
    """The logarithm of variant mean / control mean, and the variance of that estimate."""

    estimate: float
    variance: float


def log_ratio(control: Arm, variant: Arm) -> LogRatio | None:
    """Return the log ratio, None while either arm has too few counts to rely on its variance."""
    if not (control.is_settled and variant.is_settled and control.mean and variant.mean):
        return None
    variance = control.relative_variance + variant.relative_variance
    return LogRatio(math.log(variant.mean / control.mean), variance)
