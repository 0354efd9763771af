"""What is said of one look at a control and a variant."""

import math
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from scipy import integrate, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from app.results.statistics.arms import Arm, Interval
from app.results.statistics.comparison import Comparison, LookedAt, compare
from tests.results.found import excludes_none
from tests.settings import SECRET_KEY

CONTROL, VARIANT = Arm(1_500, 120), Arm(1_480, 148)


def told(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return interval.low, interval.high


def exact_chance(control: Arm, variant: Arm) -> float:
    """Miller's closed form, a sum over the variant's conversions."""
    alpha, beta = 1 + control.conversions, 1 + control.visitors - control.conversions
    other = 1 + variant.visitors - variant.conversions
    return math.fsum(
        math.exp(
            log_beta(alpha + i, beta + other)
            - math.log(other + i)
            - log_beta(1 + i, other)
            - log_beta(alpha, beta)
        )
        for i in range(1 + variant.conversions)
    )


def log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def chance(control: Arm, variant: Arm) -> float:
    known = compare(control, variant).chance_to_beat_control
    assert known is not None
    return known


def test_rates_are_conversions_per_visitor() -> None:
    assert CONTROL.rate == pytest.approx(0.08)
    assert VARIANT.rate == pytest.approx(0.10)
    assert Arm(0, 0).rate is None


def test_the_improvement_is_relative_to_the_control() -> None:
    assert compare(CONTROL, VARIANT).improvement == pytest.approx(0.25)
    assert compare(VARIANT, CONTROL).improvement == pytest.approx(-0.2)


def random_arms(dice: np.random.Generator) -> tuple[Arm, Arm]:
    """Two arms of any size and rate, often of little difference."""
    visitors = (10 ** dice.uniform(0.5, 6, 2)).astype(int)
    rate = 10 ** dice.uniform(-3, 0)
    rates = rate, min(1.0, rate * dice.choice([1, 1.05, 0.8, 1.2]))
    drawn = (dice.binomial(*each) for each in zip(visitors, rates, strict=True))
    control, variant = (Arm(int(n), int(c)) for n, c in zip(visitors, drawn, strict=True))
    return control, variant


def test_the_interval_is_the_score_interval_of_a_ratio_of_rates() -> None:
    dice = np.random.default_rng(14)
    arms = [random_arms(dice) for _ in range(200)]
    large = [each for each in arms if min(each[0].conversions, each[1].conversions) > 100]
    assert len(large) > 20
    for control, variant in [(CONTROL, VARIANT), *large]:
        expected = confint_proportions_2indep(
            variant.conversions,
            variant.visitors,
            control.conversions,
            control.visitors,
            compare="ratio",
            method="score",
            correction=False,
        )
        ratio = np.array(told(compare(control, variant).interval)) + 1
        assert ratio == pytest.approx(expected, rel=1e-6)
    assert told(compare(CONTROL, VARIANT).interval) == pytest.approx((-0.0060, 0.5724), abs=5e-5)


def test_of_small_counts_the_p_value_is_the_exact_one_and_not_that_of_the_approximation() -> None:
    control, variant = Arm(766, 0), Arm(34, 1)
    assert compare(control, variant).p_value == pytest.approx(2 * 0.0425)
    approximated = stats.chi2_contingency([[0, 766], [1, 33]], correction=False).pvalue
    assert approximated < 0.001


def test_of_small_counts_the_interval_is_the_one_of_clopper_and_pearson() -> None:
    control, variant = Arm(4_000, 3), Arm(1_000, 2)
    share = stats.binomtest(2, 5).proportion_ci(0.95, "exact")
    expected = [4 * each / (1 - each) - 1 for each in (share.low, share.high)]
    assert told(compare(control, variant).interval) == pytest.approx(expected)
    assert compare(control, variant).p_value == pytest.approx(2 * stats.binom.sf(1, 5, 0.2))


@pytest.mark.long
def test_the_range_of_one_look_agrees_with_its_p_value_everywhere() -> None:
    dice = np.random.default_rng(15)
    told_of, called = 0, 0
    for _ in range(3_000):
        comparison = compare(*random_arms(dice))
        if comparison.interval:
            assert comparison.p_value is not None
            assert excludes_none(comparison.interval) == (comparison.p_value < 0.05)
            told_of, called = told_of + 1, called + excludes_none(comparison.interval)
    assert told_of > 1_000
    assert called > 200


def test_the_p_value_is_the_one_of_the_chi_square_test_of_the_table() -> None:
    table = [[120, 1_500 - 120], [148, 1_480 - 148]]
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert compare(CONTROL, VARIANT).p_value == pytest.approx(expected)
    assert compare(CONTROL, VARIANT).p_value == pytest.approx(0.0564, abs=5e-5)


def test_the_p_value_does_not_care_which_arm_is_the_control() -> None:
    assert compare(CONTROL, VARIANT).p_value == pytest.approx(compare(VARIANT, CONTROL).p_value)


def test_the_chance_is_the_exact_one_of_two_posteriors() -> None:
    assert chance(CONTROL, VARIANT) == pytest.approx(exact_chance(CONTROL, VARIANT), abs=1e-5)
    assert chance(CONTROL, VARIANT) == pytest.approx(0.9717, abs=5e-5)


def test_the_chance_is_what_drawing_from_the_posteriors_gives() -> None:
    dice = np.random.default_rng(20)
    draws = 1_000_000
    control, variant = dice.beta(121, 1_381, draws), dice.beta(149, 1_333, draws)
    assert chance(CONTROL, VARIANT) == pytest.approx((variant > control).mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("control", "variant"),
    [
        (Arm(1, 0), Arm(1, 1)),
        (Arm(10, 0), Arm(10, 0)),
        (Arm(10, 0), Arm(1_000, 500)),
        (Arm(1_000, 500), Arm(10, 9)),
        (Arm(1_000, 1_000), Arm(1_000, 990)),
        (Arm(100_000, 5_000), Arm(100_000, 5_100)),
        (Arm(1_000_000, 50_000), Arm(1_000_000, 50_400)),
        (Arm(10_000_000, 5), Arm(10_000_000, 9)),
        (Arm(10_000_000, 5_000_000), Arm(10, 5)),
        (Arm(3, 0), Arm(10_000_000, 1)),
        (Arm(10_000_000, 40_000), Arm(2_000, 9)),
    ],
)
def test_the_chance_is_exact_from_no_conversion_to_millions(control: Arm, variant: Arm) -> None:
    assert chance(control, variant) == pytest.approx(exact_chance(control, variant), abs=1e-5)


def test_the_chance_of_millions_of_conversions_is_the_one_of_normal_posteriors() -> None:
    control, variant = Arm(10_000_000, 3_000_000), Arm(10_000_000, 3_001_000)
    spread = math.sqrt(2 * 0.3 * 0.7 / 10_000_000)
    expected = NormalDist().cdf(0.0001 / spread)
    assert chance(control, variant) == pytest.approx(expected, abs=1e-4)


def test_the_chances_of_both_directions_make_one() -> None:
    dice = np.random.default_rng(21)
    for _ in range(200):
        visitors = (10 ** dice.uniform(0, 7, 2)).astype(int)
        control, variant = (Arm(int(n), int(dice.integers(0, n + 1))) for n in visitors)
        assert chance(control, variant) + chance(variant, control) == pytest.approx(1, abs=1e-5)


def test_the_chance_never_leaves_its_bounds() -> None:
    arms = [Arm(10_000_000, 0), Arm(10_000_000, 10_000_000), Arm(1, 0), Arm(1, 1), Arm(90, 45)]
    chances = [chance(control, variant) for control in arms for variant in arms]
    assert min(chances) >= 0
    assert max(chances) <= 1
    assert chance(arms[0], arms[0]) == pytest.approx(0.5)


def test_the_sequential_interval_is_the_formula_of_the_one_sided_mixture() -> None:
    variance = 1380 / (1500 * 120) + 1332 / (1480 * 148)
    mixed = variance + 0.0225
    threshold = math.log(math.sqrt(mixed / variance) / 0.1 + 1)
    radius = math.sqrt(2 * variance * mixed / 0.0225 * threshold)
    bounds = 1.25 * math.exp(-radius) - 1, 1.25 * math.exp(radius) - 1
    assert told(compare(CONTROL, VARIANT).sequential_interval) == pytest.approx(bounds)
    assert bounds == pytest.approx((-0.1236, 0.7829), abs=5e-5)


def one_sided_likelihood_ratio(control: Arm, variant: Arm) -> float:
    """Return how much likelier the log ratio is with effects of |N(0, 0.15^2)| than without."""
    estimate = math.log((variant.conversions / variant.visitors) / (control.rate or 0))
    variance = sum(1 / arm.conversions - 1 / arm.visitors for arm in (control, variant))
    found, effects = NormalDist(estimate, math.sqrt(variance)), NormalDist(0, 0.15)
    mixed, _ = integrate.quad(lambda effect: 2 * found.pdf(effect) * effects.pdf(effect), 0, 2)
    return mixed / found.pdf(0)


def test_the_sequential_p_value_is_hardly_above_one_over_the_likelihood_ratio_of_the_mixture() -> (
    None
):
    for visitors, conversions in ((1_480, 148), (9_000, 880), (15_000, 1_450)):
        control, variant = Arm(visitors, int(conversions * 0.75)), Arm(visitors, conversions)
        least = 1 / one_sided_likelihood_ratio(control, variant)
        p_value = compare(control, variant).sequential_p_value
        assert p_value is not None
        assert least <= p_value <= 1.2 * least


def test_the_sequential_interval_is_the_wider_one() -> None:
    comparison = compare(CONTROL, VARIANT)
    (low, high), (first, last) = told(comparison.interval), told(comparison.sequential_interval)
    assert first < low < 0.25 < high < last


def test_a_variant_without_visitors_gets_no_statement() -> None:
    nothing = Comparison(
        None, None, None, None, None, None, has_lost_most=False, control_has_little=False
    )
    assert compare(CONTROL, Arm(0, 0)) == nothing
    assert compare(Arm(0, 0), VARIANT) == nothing
    assert compare(Arm(0, 0), Arm(0, 0)) == nothing


def test_a_control_without_conversions_is_no_base_for_an_improvement() -> None:
    comparison = compare(Arm(100, 0), Arm(100, 5))
    assert (comparison.improvement, comparison.interval) == (None, None)
    assert comparison.p_value == pytest.approx(2 / 2**5)
    assert comparison.chance_to_beat_control == pytest.approx(0.985, abs=5e-3)


def test_a_variant_without_conversions_has_lost_everything_but_no_interval() -> None:
    comparison = compare(Arm(100, 5), Arm(100, 0))
    assert (comparison.improvement, comparison.interval) == (-1, None)
    assert comparison.p_value == pytest.approx(2 / 2**5)


@pytest.mark.parametrize("conversions", [0, 50])
def test_where_nobody_or_everybody_converts_nothing_tells_the_arms_apart(conversions: int) -> None:
    comparison = compare(Arm(50, conversions), Arm(50, conversions))
    assert (comparison.p_value, comparison.interval) == (None, None)
    assert comparison.chance_to_beat_control == pytest.approx(0.5)


def test_where_all_of_one_arm_convert_there_is_an_interval() -> None:
    low, high = told(compare(Arm(50, 40), Arm(50, 50)).interval)
    assert 0 < low < 0.25 < high


def test_every_possible_count_of_small_arms_gives_finite_statements_or_none() -> None:
    arms = [Arm(visitors, seen) for visitors in (0, 1, 2, 40) for seen in range(visitors + 1)]
    for control in arms[::2]:
        for variant in arms[::3]:
            assert all(math.isfinite(number) for number in numbers_of(compare(control, variant)))


def numbers_of(comparison: Comparison) -> list[float]:
    intervals = comparison.interval, comparison.sequential_interval
    bounds = [bound for interval in intervals if interval for bound in told(interval)]
    single = (
        comparison.improvement,
        comparison.p_value,
        comparison.chance_to_beat_control,
        comparison.sequential_p_value,
    )
    return bounds + [number for number in single if number is not None]


def test_overwhelming_differences_give_no_number_out_of_bounds() -> None:
    comparison = compare(Arm(10_000_000, 9_999_000), Arm(10_000_000, 1_000))
    assert comparison.p_value == comparison.sequential_p_value == 0
    assert all(math.isfinite(number) for number in numbers_of(comparison))


@pytest.mark.parametrize(("visitors", "conversions"), [(-1, -1), (10, -1), (10, 11)])
def test_counts_that_cannot_be_are_refused(visitors: int, conversions: int) -> None:
    with pytest.raises(ValueError, match="cannot convert"):
        Arm(visitors, conversions)


def test_fewer_than_one_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match="no number of comparisons"):
        compare(CONTROL, VARIANT, LookedAt(comparisons=0))


@pytest.mark.programs
def test_a_process_on_sqlite_that_shows_no_result_loads_nothing_that_takes_long(
    tmp_path: Path,
) -> None:
    script = (
        "import sys, pathlib\nfrom app import create_app\n"
        f"create_app({{'SECRET_KEY': '{SECRET_KEY}'}}, pathlib.Path(sys.argv[1]))\n"
        "from app.results.statistics.arms import Arm\n"
        "from app.results.statistics.comparison import compare\n"
        "from app.results.statistics.sample_ratio import mismatch_p_value\n"
        "compare(Arm(0, 0), Arm(0, 0)), mismatch_p_value([0, 0], [1, 1])\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'numpy', 'scipy', 'psycopg'})\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    assert subprocess.check_output(command, text=True) == "set()\n"
