"""The distributions that take scipy, which costs memory and start-up time to import.

They are apart so that only a process that shows a result pays: import this module in a function.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from numpy import exp, float64
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import (
    bdtr,
    bdtrc,
    betainc,
    betaincc,
    betaincinv,
    chdtrc,
    chdtri,
    xlog1py,
    xlogy,
)

from app.results.statistics.arms import Arm

# 128 points of Gauss-Legendre: within 1e-5 of the exact chance, from no visitor to ten million.
_POINTS, _WEIGHTS = leggauss(128)
# Beyond these quantiles there is less of a distribution than the integral can tell.
_OUTERMOST = (1e-12, 1 - 1e-12)


@dataclass(frozen=True)
class Beta:
    """A beta distribution by its two shapes, both positive."""

    alpha: float
    beta: float

    @property
    def variance(self) -> float:
        """Return the variance, which tells the narrower of two distributions."""
        total = self.alpha + self.beta
        return self.alpha * self.beta / (total**2 * (total + 1))


def chance_of_larger_second(first: Beta, second: Beta) -> float:
    """P(Y > X) for independent X of `first` and Y of `second`, in [0, 1].

    By P(Y > X) = E[F_X(Y)] = E[1 - F_Y(X)], the mean taken over the narrower one: over the wider
    one, the other's distribution function is a step that no grid catches.
    """
    if second.variance <= first.variance:
        rates, shares = _grid(second)
        chances = betainc(first.alpha, first.beta, rates)
    else:
        rates, shares = _grid(first)
        chances = betaincc(second.alpha, second.beta, rates)
    # The shares add up to one but for rounding.
    return min(1.0, float(shares @ chances / shares.sum()))


def _grid(beta: Beta) -> tuple[NDArray[float64], NDArray[float64]]:
    """Rates that cover the distribution, and what share of it each stands for."""
    low, high = betaincinv(beta.alpha, beta.beta, _OUTERMOST)
    rates = low + (high - low) * (_POINTS + 1) / 2
    logarithms = xlogy(beta.alpha - 1, rates) + xlog1py(beta.beta - 1, -rates)
    return rates, _WEIGHTS * exp(logarithms - logarithms.max())


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    """P(X >= `statistic`) for X of chi-square with `degrees_of_freedom`, in [0, 1]."""
    return float(chdtrc(degrees_of_freedom, statistic))


def binomial_tails(seen: int, tries: int, share: float) -> tuple[float, float]:
    """Return P(X <= `seen`) and P(X >= `seen`) for X binomial of `tries` and `share`."""
    above = float(bdtrc(seen - 1, tries, share)) if seen else 1.0
    return float(bdtr(seen, tries, share)), above


def exact_ratios(control: Arm, variant: Arm, error_rate: float) -> tuple[float, float]:
    """Return the bounds of variant rate / control rate, of arms with a conversion each.

    Clopper and Pearson 1934, "The Use of Confidence or Fiducial Limits", Biometrika 26, of the
    variant's share of all conversions.
    """
    won, lost = variant.conversions, control.conversions
    low = float(betaincinv(won, lost + 1, error_rate / 2))
    high = float(betaincinv(won + 1, lost, 1 - error_rate / 2))
    per_visitor = control.visitors / variant.visitors
    return low / (1 - low) * per_visitor, high / (1 - high) * per_visitor


def score_ratios(control: Arm, variant: Arm, error_rate: float) -> tuple[float, float]:
    """Return the bounds of variant rate / control rate, of arms with a conversion each.

    They are the two ratios at which the score statistic is the quantile of chi-square.
    """
    bound = float(chdtri(1, error_rate))
    estimate = math.log(variant.conversions * control.visitors)
    estimate -= math.log(control.conversions * variant.visitors)

    def beyond(log_ratio: float) -> float:
        return _score(control, variant, math.exp(log_ratio)) - bound

    return math.exp(_root(beyond, estimate, -1.0)), math.exp(_root(beyond, estimate, 1.0))


def _root(beyond: Callable[[float], float], inside: float, step: float) -> float:
    """Return where `beyond` turns positive, `step` by step from `inside` where it is not."""
    outside = inside + step
    while beyond(outside) < 0:
        inside, outside = outside, outside + step
    return float(brentq(beyond, inside, outside, xtol=1e-12))


def _score(control: Arm, variant: Arm, ratio: float) -> float:
    """Return Koopman's statistic of variant rate / control rate being `ratio`.

    The rates are the likeliest with that ratio (Miettinen and Nurminen 1985, "Comparative Analysis
    of Two Rates", Statistics in Medicine 4).
    """
    a = ratio * (control.visitors + variant.visitors)
    b = ratio * (variant.visitors + control.conversions) + variant.conversions + control.visitors
    c = control.conversions + variant.conversions
    rate = 2 * c / (b + math.sqrt(max(b * b - 4 * a * c, 0.0)))
    return _deviation(control, rate) + _deviation(variant, ratio * rate)


def _deviation(arm: Arm, rate: float) -> float:
    """Return the squared distance of the conversions from what is expected, in its variance."""
    spread = arm.visitors * rate * (1 - rate)
    distance = arm.conversions - arm.visitors * rate
    return distance * distance / spread if spread > 0 else 0.0
