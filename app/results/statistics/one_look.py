"""Statements on rates that hold for one look, at a moment fixed beforehand.

The interval and the p-value are of one test, so that they never disagree: the interval leaves out 0
exactly when the p-value is below 0.05.
"""

from app.results.statistics.arms import Arm, Interval

ERROR_RATE = 0.05
"""How often the interval may miss the truth, both sides together."""

FEWEST_EXPECTED = 5
"""From so many expected of each kind in each arm on, the score test is used.

Below, its approximation fails (Cochran 1954, "Some Methods for Strengthening the Common Chi-Square
Tests", Biometrics 10): 1 of 34 beside 0 of 766 has p < 0.001 by it, where chance does that in 4.3
%.
"""


def interval(control: Arm, variant: Arm) -> Interval | None:
    """Return the 95 % interval of the improvement, None where either arm has no conversion.

    By the score test: Koopman 1984, "Confidence Intervals for the Ratio of Two Binomial
    Proportions", Biometrics 40. Where counts are small, by the exact test of `p_value`.
    """
    if not (control.conversions and variant.conversions) or not (control.others or variant.others):
        return None
    from app.results.statistics.distributions import exact_ratios, score_ratios  # noqa: PLC0415

    ratios = exact_ratios if _is_small(control, variant) else score_ratios
    low, high = ratios(control, variant, ERROR_RATE)
    return Interval(low - 1, high - 1)


def p_value(control: Arm, variant: Arm) -> float | None:
    """Return the two-sided p-value of equal rates; None where nobody, or everybody, converted.

    By the score test, which at equal rates is Pearson's chi-square of the 2 x 2 table. Where counts
    are small it is twice `exact_tail`.
    """
    conversions, others = control.conversions + variant.conversions, control.others + variant.others
    if not (control.visitors and variant.visitors and conversions and others):
        return None
    if _is_small(control, variant):
        return min(1.0, 2 * exact_tail(control, variant))
    from app.results.statistics.distributions import chi_square_tail  # noqa: PLC0415

    cross = control.conversions * variant.others - variant.conversions * control.others
    both = conversions * others * control.visitors * variant.visitors
    return chi_square_tail(cross * cross * (conversions + others) / both, 1)


def chance_to_beat(control: Arm, variant: Arm) -> float | None:
    """P(variant rate > control rate), each rate a posteriori Beta(1 + c, 1 + n - c).

    That is from a uniform prior (Miller, "Formulas for Bayesian A/B Testing", evanmiller.org,
    gives a closed form, a sum of as many terms as conversions). None where an arm has no
    visitors: the prior alone would speak.
    """
    if not (control.visitors and variant.visitors):
        return None
    from app.results.statistics.distributions import Beta, chance_of_larger_second  # noqa: PLC0415

    first, second = (Beta(1 + arm.conversions, 1 + arm.others) for arm in (control, variant))
    return chance_of_larger_second(first, second)


def exact_tail(control: Arm, variant: Arm) -> float:
    """Return the chance of so uneven a split of the conversions, in this direction, at equal rates.

    Given how many converted in both arms, those of the variant are binomial, with its share of the
    visitors (Przyborowski and Wilenski 1940, "Homogeneity of Results in Testing Samples from
    Poisson Series", Biometrika 31): exact where rates are small, and cautious elsewhere.
    """
    from app.results.statistics.distributions import binomial_tails  # noqa: PLC0415

    share = variant.visitors / (control.visitors + variant.visitors)
    both = control.conversions + variant.conversions
    return min(binomial_tails(variant.conversions, both, share))


def _is_small(control: Arm, variant: Arm) -> bool:
    """Return whether fewer than five conversions, or others, are expected in an arm."""
    fewest = min(control.conversions + variant.conversions, control.others + variant.others)
    smaller = min(control.visitors, variant.visitors)
    return fewest * smaller < FEWEST_EXPECTED * (control.visitors + variant.visitors)
