"""That one may look every day: what the sequential statements promise, simulated.

The simulations use a copy of the formulas over arrays; the first tests hold it to `compare`.
"""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray

from app.results.statistics.arms import FEWEST_OF_EACH, Arm, Interval
from app.results.statistics.comparison import Established, LookedAt, compare
from app.results.statistics.conclusions import DIFFERENT, HARDLY_DIFFERENT, Zone
from app.results.statistics.sequential import is_surely_less
from tests.conftest import rounds
from tests.results.found import excludes_none

Counts = NDArray[np.int64]
Truths = NDArray[np.bool_]
Numbers = NDArray[np.float64]

RUNS = 2_000


@dataclass(frozen=True)
class Traffic:
    """The visitors of a day in each arm, and how many of them convert in the long run."""

    rate: float
    control: int
    variant: int
    days: int = 20

    def visitors(self) -> tuple[Counts, Counts]:
        """The visitors of each arm up to each day."""
        days = np.arange(1, self.days + 1)
        return days * self.control, days * self.variant


def even(rate: float, visitors: int, days: int = 20) -> Traffic:
    return Traffic(rate, visitors, visitors, days)


@dataclass(frozen=True)
class Looks:
    """Bounds of the log ratio, a row per experiment and a column per day."""

    settled: Truths
    low: Numbers
    high: Numbers

    def above(self, log_ratio: float) -> Truths:
        """Return where a statement is made that the truth is more than `log_ratio`."""
        return self.settled & (self.low > log_ratio)

    def below(self, log_ratio: float) -> Truths:
        """Return where a statement is made that the truth is less than `log_ratio`."""
        return self.settled & (self.high < log_ratio)

    def errors(self, log_ratio: float = 0) -> tuple[float, float]:
        """The shares of experiments with a wrong statement on any day, in each direction."""
        return share_that_ever(self.above(log_ratio)), share_that_ever(self.below(log_ratio))


def sequential_looks(
    traffic: Traffic,
    control: Counts,
    variant: Counts,
    comparisons: int = 1,
    fewest: int = FEWEST_OF_EACH,
) -> Looks:
    estimate, variance, settled = log_ratios(traffic, control, variant, fewest)
    mixed = variance + 0.15**2
    threshold = np.log1p(np.sqrt(mixed / variance) * comparisons / (2 * 0.05))
    radius = np.sqrt(2 * variance * mixed / 0.15**2 * threshold)
    return Looks(settled, estimate - radius, estimate + radius)


def naive_looks(traffic: Traffic, control: Counts, variant: Counts) -> Looks:
    """The interval for one look, taken every day."""
    estimate, variance, settled = log_ratios(traffic, control, variant, FEWEST_OF_EACH)
    radius = 1.96 * np.sqrt(variance)
    return Looks(settled, estimate - radius, estimate + radius)


def log_ratios(
    traffic: Traffic, control: Counts, variant: Counts, fewest: int
) -> tuple[Numbers, Numbers, Truths]:
    """Estimates, variances, and where there are `fewest` of each; 0 and 1 where there are not."""
    in_control, in_variant = traffic.visitors()
    least = np.minimum(
        np.minimum(control, in_control - control), np.minimum(variant, in_variant - variant)
    )
    settled = least >= fewest
    first, second = np.where(settled, control, 1), np.where(settled, variant, 1)
    estimate = np.log(second / in_variant) - np.log(first / in_control)
    variance = 1 / first - 1 / in_control + 1 / second - 1 / in_variant
    return np.where(settled, estimate, 0), np.where(settled, variance, 1), settled


def conversions(
    dice: np.random.Generator, rate: float, visitors: int, days: int, runs: int = RUNS
) -> Counts:
    """Conversions of one arm up to each day, a row per experiment."""
    return dice.binomial(visitors, rate, (runs, days)).cumsum(axis=1)


def arms(traffic: Traffic, lift: float = 0, runs: int = RUNS) -> tuple[Counts, Counts]:
    """Conversions of a control, and of a variant that is truly better by `lift`."""
    dice = np.random.default_rng(1)
    control = conversions(dice, traffic.rate, traffic.control, traffic.days, runs)
    better = traffic.rate * (1 + lift)
    return control, conversions(dice, better, traffic.variant, traffic.days, runs)


def share_that_ever(calls: Truths) -> float:
    """The share of experiments with a call on any day."""
    return float(calls.any(axis=1).mean())


@pytest.mark.parametrize("comparisons", [1, 3])
@pytest.mark.parametrize("lift", [0, 0.5])
@pytest.mark.parametrize("traffic", [even(0.1, 80), Traffic(0.9, 90, 20)])
def test_the_simulated_formulas_are_those_of_compare(
    traffic: Traffic, lift: float, comparisons: int
) -> None:
    control, variant = arms(traffic, min(lift, 0.95 / traffic.rate - 1))
    looks = sequential_looks(traffic, control, variant, comparisons)
    in_control, in_variant = traffic.visitors()
    for run, day in np.ndindex(3, traffic.days):
        interval = compare(
            Arm(int(in_control[day]), int(control[run, day])),
            Arm(int(in_variant[day]), int(variant[run, day])),
            LookedAt(comparisons),
        ).sequential_interval
        assert (interval is not None) == looks.settled[run, day]
        if interval:
            bounds = np.log1p([interval.low, interval.high])
            assert bounds == pytest.approx([looks.low[run, day], looks.high[run, day]])


def test_the_p_value_is_below_five_percent_exactly_when_the_interval_excludes_zero() -> None:
    dice = np.random.default_rng(2)
    called = 0
    for _ in range(400):
        control = Arm(2_000, int(dice.integers(180, 220)))
        variant = Arm(2_000, int(dice.integers(230, 330)))
        comparison = compare(control, variant, LookedAt(int(dice.integers(1, 5))))
        interval, p_value = comparison.sequential_interval, comparison.sequential_p_value
        assert interval is not None
        assert p_value is not None
        assert (p_value < 0.05) == excludes_none(interval)
        called += excludes_none(interval)
    assert 100 < called < 300


@rounds(RUNS, soak=200_000)
@pytest.mark.parametrize(
    "traffic", [even(0.05, 100), even(0.10, 50), even(0.02, 200), even(0.30, 30), even(0.05, 2_000)]
)
def test_looking_daily_at_two_equal_arms_calls_either_way_in_at_most_five_percent(
    traffic: Traffic, rounds: int
) -> None:
    control, variant = arms(traffic, runs=rounds)
    assert max(sequential_looks(traffic, control, variant).errors()) <= 0.05
    assert min(naive_looks(traffic, control, variant).errors()) > 0.05


@pytest.mark.soak
@pytest.mark.parametrize("lift", [0, 0.10, -0.30])
@pytest.mark.parametrize(
    "traffic",
    [
        even(0.05, 500, 365),
        even(0.30, 100, 365),
        even(0.02, 5_000, 365),
        Traffic(0.05, 490, 10, 365),
        Traffic(0.02, 20, 980, 365),
    ],
)
def test_a_year_of_daily_looks_is_wrong_either_way_in_at_most_five_percent(
    traffic: Traffic, lift: float
) -> None:
    looks = sequential_looks(traffic, *arms(traffic, lift, runs=20_000))
    assert max(looks.errors(float(np.log1p(lift)))) <= 0.05


@pytest.mark.parametrize("traffic", [Traffic(0.8, 900, 20), Traffic(0.8, 20, 900)])
def test_uneven_arms_keep_the_promise_because_few_counts_make_no_statement(
    traffic: Traffic,
) -> None:
    control, variant = arms(traffic)
    from_the_first = sequential_looks(traffic, control, variant, fewest=1)
    assert max(from_the_first.errors()) > 0.05
    assert max(sequential_looks(traffic, control, variant).errors()) <= 0.03


@rounds(300, soak=20_000)
@pytest.mark.parametrize("traffic", [Traffic(0.5, 98, 2, 30), Traffic(0.3, 95, 5, 30)])
def test_an_equal_arm_of_few_counts_is_said_to_be_less_in_at_most_five_percent(
    traffic: Traffic, rounds: int
) -> None:
    control, variant = arms(traffic, runs=rounds)
    (in_control, in_variant), few = traffic.visitors(), variant < FEWEST_OF_EACH
    said = {
        run
        for run, day in np.argwhere(few).tolist()
        if is_surely_less(
            Arm(int(in_variant[day]), int(variant[run, day])),
            Arm(int(in_control[day]), int(control[run, day])),
            1,
        )
    }
    assert len(said) <= 0.05 * rounds


@pytest.mark.parametrize("traffic", [Traffic(0.5, 2, 100, 400), Traffic(0.5, 100, 2, 400)])
def test_four_hundred_looks_at_an_uneven_split_keep_the_promise(traffic: Traffic) -> None:
    control, variant = arms(traffic)
    assert max(sequential_looks(traffic, control, variant).errors()) <= 0.05


@pytest.mark.parametrize("traffic", [even(0.05, 100), even(0.05, 2_000), even(0.30, 100)])
def test_three_variants_equal_to_the_control_call_a_winner_in_at_most_five_percent(
    traffic: Traffic,
) -> None:
    dice = np.random.default_rng(3)
    control, *variants = (
        conversions(dice, traffic.rate, traffic.control, traffic.days) for _ in range(4)
    )
    looks = [sequential_looks(traffic, control, variant, comparisons=3) for variant in variants]
    assert share_that_ever(np.logical_or.reduce([look.above(0) for look in looks])) <= 0.05
    assert share_that_ever(np.logical_or.reduce([look.below(0) for look in looks])) <= 0.05
    naive = [naive_looks(traffic, control, variant) for variant in variants]
    assert share_that_ever(np.logical_or.reduce([look.above(0) for look in naive])) > 0.15


def test_a_real_lift_of_a_quarter_is_called_in_time_and_never_the_other_way() -> None:
    traffic = even(0.05, 500, days=40)
    looks = sequential_looks(traffic, *arms(traffic, lift=0.25))
    won, lost = looks.above(0), looks.below(0)
    assert share_that_ever(won[:, :20]) > 0.75
    assert share_that_ever(won) > 0.95
    assert share_that_ever(lost) < 0.005


@rounds(RUNS, soak=200_000)
@pytest.mark.parametrize("lift", [-0.30, 0.10, 0.25, 1.00])
@pytest.mark.parametrize("traffic", [even(0.05, 500), even(0.10, 50), even(0.30, 30)])
def test_each_bound_holds_at_every_look_of_95_percent_of_the_experiments(
    traffic: Traffic, lift: float, rounds: int
) -> None:
    control, variant = arms(traffic, lift, rounds)
    truth = float(np.log1p(lift))
    assert max(sequential_looks(traffic, control, variant).errors(truth)) <= 0.05
    assert sum(naive_looks(traffic, control, variant).errors(truth)) > 0.10


@pytest.mark.parametrize("few", [Arm(1_000, 0), Arm(1_000, 29), Arm(1_000, 971), Arm(1_000, 1_000)])
def test_few_conversions_or_few_who_did_not_convert_make_no_sequential_statement(few: Arm) -> None:
    many = Arm(1_000, 500)
    for comparison in (compare(few, many), compare(many, few)):
        assert comparison.sequential_interval is None
        assert comparison.sequential_p_value is None
        assert comparison.p_value is not None


@pytest.mark.parametrize("enough", [Arm(1_000, 30), Arm(1_000, 970)])
def test_thirty_of_each_make_a_sequential_statement(enough: Arm) -> None:
    comparison = compare(enough, Arm(1_000, 500))
    assert comparison.sequential_interval is not None
    assert comparison.sequential_p_value is not None


def test_more_variants_widen_the_sequential_statements_and_nothing_else() -> None:
    control, variant = Arm(5_000, 500), Arm(5_000, 600)
    alone, one_of_three = compare(control, variant), compare(control, variant, LookedAt(3))
    assert alone.sequential_p_value is not None
    assert alone.sequential_interval is not None
    assert one_of_three.sequential_interval is not None
    assert one_of_three.sequential_p_value == pytest.approx(3 * alone.sequential_p_value)
    assert one_of_three.sequential_interval.low < alone.sequential_interval.low
    assert one_of_three.sequential_interval.high > alone.sequential_interval.high
    assert one_of_three.interval == alone.interval
    assert one_of_three.p_value == alone.p_value
    assert one_of_three.chance_to_beat_control == alone.chance_to_beat_control


def test_a_sequential_p_value_is_at_most_one() -> None:
    assert compare(Arm(5_000, 500), Arm(5_000, 500), LookedAt(9)).sequential_p_value == 1


def test_an_error_rate_for_each_side_calls_a_real_lift_with_a_tenth_fewer_visitors() -> None:
    traffic = even(0.05, 500, days=200)
    control, variant = arms(traffic, lift=0.20)
    looks = sequential_looks(traffic, control, variant)
    shared = sequential_looks(traffic, control, variant, comparisons=2)
    days = [np.argmax(each.above(0), axis=1).mean() + 1 for each in (looks, shared)]
    assert share_that_ever(shared.above(0)) == 1
    assert days[0] < 0.9 * days[1]


EARLY, LATE = (Arm(5_000, 500), Arm(5_000, 620)), (Arm(9_000, 900), Arm(9_000, 930))


def test_what_a_kept_look_has_established_stays_when_the_difference_melts() -> None:
    early, late = compare(*EARLY), compare(*LATE)
    assert early.sequential_interval
    assert early.sequential_p_value
    assert late.sequential_interval
    assert not excludes_none(late.sequential_interval)
    kept = Established(early.sequential_interval, early.sequential_p_value)
    after = compare(*LATE, LookedAt(established=kept))
    assert after.sequential_interval == Interval(
        early.sequential_interval.low, late.sequential_interval.high
    )
    assert after.sequential_p_value == early.sequential_p_value < 0.05
    assert compare(*LATE, LookedAt(established=kept, concludes=False)) == after


def test_a_look_that_is_not_kept_concludes_nothing_that_no_kept_one_has() -> None:
    look = compare(*EARLY, LookedAt(concludes=False))
    kept = compare(*EARLY)
    assert look.sequential_interval
    assert kept.sequential_interval
    assert look.sequential_interval == Interval(0.0, kept.sequential_interval.high)
    assert look.sequential_p_value == 0.05


ALIKE = (Arm(90_000, 9_000), Arm(90_000, 9_050))


@pytest.mark.parametrize(
    "zone", [HARDLY_DIFFERENT, Zone(-0.08, inf), Zone(-inf, 0.08)], ids=["alike", "more", "less"]
)
def test_a_look_that_is_not_kept_finds_no_variant_alike_or_harmless_that_no_kept_one_has(
    zone: Zone,
) -> None:
    kept = compare(*ALIKE)
    assert zone.holds(kept.sequential_interval)
    looked_at = LookedAt(concludes=False, zones=(zone,))
    assert not zone.holds(compare(*ALIKE, looked_at).sequential_interval)
    assert kept.sequential_interval
    assert kept.sequential_p_value
    established = Established(kept.sequential_interval, kept.sequential_p_value)
    after = compare(*ALIKE, replace(looked_at, established=established))
    assert after.sequential_interval == kept.sequential_interval


def test_what_a_kept_look_has_found_better_stays_so_beside_a_new_look_that_is_not_kept() -> None:
    established = Established(Interval(0.005, 0.2), 0.01)
    looked_at = LookedAt(
        established=established, concludes=False, zones=(*DIFFERENT, HARDLY_DIFFERENT)
    )
    found = compare(*ALIKE, looked_at).sequential_interval
    assert found
    assert found.low == 0.005
    assert not HARDLY_DIFFERENT.holds(found)


def test_where_looks_do_not_meet_the_present_one_is_told() -> None:
    elsewhere = Established(Interval(0.9, 1.5), 0.001)
    alone = compare(*LATE)
    after = compare(*LATE, LookedAt(established=elsewhere))
    assert after.sequential_interval == alone.sequential_interval
    assert after.sequential_p_value == alone.sequential_p_value


@pytest.mark.long
def test_by_single_looks_most_winners_are_withdrawn_and_by_all_looks_none_is() -> None:
    traffic = even(0.05, 500, days=60)
    control, variant = arms(traffic, lift=0.10)
    calls = sequential_looks(traffic, control, variant).above(0)
    winners = np.flatnonzero(calls.any(axis=1))
    withdrawn = calls.argmax(axis=1) + calls.sum(axis=1) < traffic.days
    assert withdrawn[winners].mean() > 0.5
    for run in winners[:20]:
        called = called_by_all_looks(traffic, control[run], variant[run])
        assert called == sorted(called)
        assert called[-1]


def called_by_all_looks(traffic: Traffic, control: Counts, variant: Counts) -> list[bool]:
    """Return whether a winner is called at the end of each day, by the looks up to then."""
    established, called = None, []
    for visitors, first, second in zip(traffic.visitors()[0], control, variant, strict=True):
        arm, other = (Arm(int(visitors), int(each)) for each in (first, second))
        look = compare(arm, other, LookedAt(established=established))
        interval, p_value = look.sequential_interval, look.sequential_p_value
        established = Established(interval, p_value) if interval and p_value else None
        called.append(interval is not None and interval.low > 0)
    return called
