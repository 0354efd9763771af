"""The comparison of a variant with the control, from counts of visitors and conversions."""

import math
from dataclasses import dataclass
from statistics import NormalDist

# How often an interval may miss the truth, and a false winner be called.
ERROR_RATE = 0.05

# The mixing standard deviation of the sequential statements, on the scale of the log ratio of
# rates: lifts of about 15 %. Whatever it is the statements are valid, but they are sharpest about
# effects of this size: 0.1 finds a lift of 25 % clearly later, 0.2 one of 10 % a little later.
EXPECTED_EFFECT = 0.15

# An arm with fewer conversions, or fewer visitors who did not convert, gets no sequential
# statement: its variance is an estimate, and from fewer a bad one. Of simulated A/A experiments
# split 98:2 and looked at 400 times, without this rule up to 12 % called a winner; from 10 on,
# up to 5 %; from 20 on, fewer than 4 %.
FEWEST_OF_EACH = 20

NORMAL_QUANTILE = NormalDist().inv_cdf(1 - ERROR_RATE / 2)


@dataclass(frozen=True)
class Arm:
    """One variant's visitors and how many of them converted (0 <= conversions <= visitors).

    Raises ValueError for counts that cannot be.
    """

    visitors: int
    conversions: int

    def __post_init__(self) -> None:
        if not 0 <= self.conversions <= self.visitors:
            raise ValueError(f"{self.conversions} of {self.visitors} visitors cannot convert.")

    @property
    def rate(self) -> float | None:
        """Return the share of visitors who converted, None without visitors."""
        return self.conversions / self.visitors if self.visitors else None


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of the relative improvement, as fractions: 0.25 is +25 %."""

    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """A variant beside the control, for one goal. None where the counts allow no statement.

    The improvement is relative: 0.25 is a rate 25 % above the control's. `interval`, `p_value`
    and `chance_to_beat_control` hold for one look at a moment fixed beforehand. The sequential
    ones hold however often one looks: `sequential_interval` excludes 0 exactly when
    `sequential_p_value` is below 0.05, and that calls a winner, or a loser. Both tell of the
    counts of this look alone: the p-value is not the smallest so far, and may rise again.
    """

    improvement: float | None
    interval: Interval | None
    p_value: float | None
    chance_to_beat_control: float | None
    sequential_interval: Interval | None
    sequential_p_value: float | None


def compare(control: Arm, variant: Arm, comparisons: int = 1) -> Comparison:
    """Set `variant` beside `control`, one of `comparisons` variants that stand beside it.

    `comparisons` widens the sequential statements alone, so that among all variants of an
    experiment a false winner is called in at most 5 % of the experiments (Bonferroni; Dunn 1961,
    "Multiple Comparisons Among Means"). Raises ValueError for `comparisons` below 1.
    """
    if comparisons < 1:
        raise ValueError(f"{comparisons} is no number of comparisons.")
    return Comparison(
        improvement=_improvement(control, variant),
        interval=_interval(control, variant),
        p_value=_p_value(control, variant),
        chance_to_beat_control=_chance_to_beat(control, variant),
        sequential_interval=_sequential_interval(control, variant, comparisons),
        sequential_p_value=_sequential_p_value(control, variant, comparisons),
    )


@dataclass(frozen=True)
class _LogRatio:
    """The logarithm of variant rate / control rate, and the variance of that estimate."""

    estimate: float
    variance: float

    @property
    def mixed_variance(self) -> float:
        """Return the variance of the estimate where the true effects vary as expected."""
        return self.variance + EXPECTED_EFFECT**2

    def improvements_within(self, radius: float) -> Interval:
        """Return the relative improvements at most `radius` from the estimate, on the log scale."""
        low, high = self.estimate - radius, self.estimate + radius
        return Interval(math.expm1(low), math.expm1(high))


def _log_ratio(control: Arm, variant: Arm) -> _LogRatio | None:
    """Return the log ratio of rates, None where it or its spread cannot be told from the counts."""
    if not (control.conversions and variant.conversions):
        return None
    variance = _log_rate_variance(control) + _log_rate_variance(variant)
    if not variance:
        return None
    control_share = control.conversions * variant.visitors
    variant_share = variant.conversions * control.visitors
    return _LogRatio(math.log(variant_share / control_share), variance)


def _log_rate_variance(arm: Arm) -> float:
    """(1 - p) / (n p), the variance of a log rate by the delta method."""
    return (arm.visitors - arm.conversions) / (arm.visitors * arm.conversions)


def _improvement(control: Arm, variant: Arm) -> float | None:
    if not control.rate or variant.rate is None:
        return None
    return variant.rate / control.rate - 1


def _interval(control: Arm, variant: Arm) -> Interval | None:
    """Return the interval for one look.

    Katz, Baptista, Azen and Pike 1978, "Obtaining Confidence Intervals for the Risk Ratio in
    Cohort Studies", Biometrics 34: the normal approximation of the log ratio.
    """
    log_ratio = _log_ratio(control, variant)
    if log_ratio is None:
        return None
    return log_ratio.improvements_within(NORMAL_QUANTILE * math.sqrt(log_ratio.variance))


def _p_value(control: Arm, variant: Arm) -> float | None:
    """Return the two-sided p-value of equal rates, by the pooled z-test of two proportions.

    Its z is the root of Pearson's chi-square of the 2 x 2 table, without continuity correction
    (Fleiss, Levin and Paik 2003, "Statistical Methods for Rates and Proportions").
    """
    visitors = control.visitors + variant.visitors
    conversions = control.conversions + variant.conversions
    if control.rate is None or variant.rate is None or conversions in {0, visitors}:
        return None
    pooled = conversions / visitors * ((visitors - conversions) / visitors)
    variance = pooled * (1 / control.visitors + 1 / variant.visitors)
    return math.erfc(abs(variant.rate - control.rate) / math.sqrt(2 * variance))


def _chance_to_beat(control: Arm, variant: Arm) -> float | None:
    """P(variant rate > control rate), each rate a posteriori Beta(1 + c, 1 + n - c).

    That is from a uniform prior (Miller, "Formulas for Bayesian A/B Testing", evanmiller.org,
    gives a closed form, a sum of as many terms as conversions). None where an arm has no
    visitors: the prior alone would speak.
    """
    if not (control.visitors and variant.visitors):
        return None
    from app.results.distributions import Beta, chance_of_larger_second  # noqa: PLC0415

    first, second = (
        Beta(1 + arm.conversions, 1 + arm.visitors - arm.conversions) for arm in (control, variant)
    )
    return chance_of_larger_second(first, second)


def _sequential_interval(control: Arm, variant: Arm, comparisons: int) -> Interval | None:
    """Return the interval for any number of looks: the mixture's ratio is below 1/alpha in it.

    With V the variance, t the mixing standard deviation and alpha the error rate over
    `comparisons`: estimate +- sqrt(V (V + t^2) / t^2 * (2 log(1 / alpha) + log((V + t^2) / V))).

    The normal mixture is of Robbins 1970, "Statistical Methods Related to the Law of the Iterated
    Logarithm", Annals of Mathematical Statistics 41; for A/B tests of Johari, Koomen, Pekelis and
    Walsh 2022, "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations Research
    70. That an estimated variance will do, as counts grow, is of Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence
    sequences", Annals of Statistics 52.
    """
    log_ratio = _settled_log_ratio(control, variant)
    if log_ratio is None:
        return None
    variance, mixed = log_ratio.variance, log_ratio.mixed_variance
    spread = variance * mixed / EXPECTED_EFFECT**2
    threshold = 2 * math.log(comparisons / ERROR_RATE) + math.log(mixed / variance)
    return log_ratio.improvements_within(math.sqrt(spread * threshold))


def _sequential_p_value(control: Arm, variant: Arm, comparisons: int) -> float | None:
    """Return the p-value for any number of looks: `comparisons` over the mixture's ratio.

    Johari et al. 2022, as for the interval; at most 1.
    """
    log_ratio = _settled_log_ratio(control, variant)
    if log_ratio is None:
        return None
    variance, mixed = log_ratio.variance, log_ratio.mixed_variance
    evidence = (log_ratio.estimate * EXPECTED_EFFECT) ** 2 / (2 * variance * mixed)
    return min(1.0, comparisons * math.sqrt(mixed / variance) * math.exp(-evidence))


def _settled_log_ratio(control: Arm, variant: Arm) -> _LogRatio | None:
    """Return the log ratio, None while either arm has too few counts to rely on its variance."""
    if min(_fewest(control), _fewest(variant)) < FEWEST_OF_EACH:
        return None
    return _log_ratio(control, variant)


def _fewest(arm: Arm) -> int:
    """Return the conversions or the visitors who did not convert, whichever are fewer."""
    return min(arm.conversions, arm.visitors - arm.conversions)
