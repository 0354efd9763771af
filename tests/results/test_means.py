"""That money decides as rates do: what is promised of sums, simulated with orders as they come.

The simulations use a copy of the formulas over arrays; the first test holds it to `compare`.
"""

import math
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from app.results.statistics.arms import FEWEST_SUMMED, SummedArm
from app.results.statistics.comparison import Comparison, LookedAt, compare
from app.results.statistics.sequential import is_surely_less
from tests.conftest import rounds
from tests.results import test_sequential as rates
from tests.results.found import excludes_none

pytestmark = pytest.mark.long

Numbers = NDArray[np.float64]

RUNS = 2_000
CAPPED_AT = 0.99


class Orders(Protocol):
    """What each of so many buyers spends in all; refunds may make it nothing, or less."""

    def __call__(self, dice: np.random.Generator, buyers: int) -> Numbers: ...


def log_normal(dice: np.random.Generator, buyers: int, spread: float, refunded: float) -> Numbers:
    """Orders of a shop, of which some are sent back, and some with more than that."""
    spent = np.exp(spread * dice.standard_normal(buyers))
    sent_back = np.exp(spread * dice.standard_normal(buyers))
    lot = dice.random(buyers)
    after = np.where(lot < refunded, 0.0, np.where(lot < 2 * refunded, spent - sent_back, spent))
    return capped(after, math.exp(spread * stats.norm.ppf(CAPPED_AT)))


def heavy_tailed(dice: np.random.Generator, buyers: int, *, is_capped: bool = True) -> Numbers:
    """Orders whose variance is endless: they are above x in x^-1.5 of all."""
    spent = (1 - dice.random(buyers)) ** (-1 / 1.5)
    return capped(spent, (1 - CAPPED_AT) ** (-1 / 1.5)) if is_capped else spent


def capped(spent: Numbers, cap: float) -> Numbers:
    return np.clip(spent, -cap, cap)


SHOP = partial(log_normal, spread=1.0, refunded=0.05)
SKEWED = partial(log_normal, spread=1.6, refunded=0.1)


@dataclass(frozen=True)
class Sums:
    """What an arm has summed up to, a row per experiment and a column per day."""

    visitors: NDArray[np.int64]
    buyers: NDArray[np.int64]
    measured: Numbers
    squares: Numbers

    def arm(self, run: int, day: int) -> SummedArm:
        return SummedArm(
            int(self.visitors[day]),
            int(self.buyers[run, day]),
            float(self.measured[run, day]),
            float(self.squares[run, day]),
        )

    @property
    def relative_variance(self) -> Numbers:
        mean = self.measured / self.visitors
        return (self.squares / self.visitors - mean**2) / (self.visitors * mean**2)


def sums(
    dice: np.random.Generator, rate: float, visitors: int, days: int, orders: Orders, runs: int
) -> Sums:
    buyers = dice.binomial(visitors, rate, (runs, days))
    spent = orders(dice, int(buyers.sum()))
    cells = np.repeat(np.arange(runs * days), buyers.ravel())
    by_day = (np.bincount(cells, each, runs * days) for each in (spent, spent**2))
    measured, squares = (each.reshape(runs, days).cumsum(axis=1) for each in by_day)
    return Sums(visitors * np.arange(1, days + 1), buyers.cumsum(axis=1), measured, squares)


def arms(
    traffic: rates.Traffic, orders: Orders, lift: float = 0.0, runs: int = RUNS
) -> tuple[Sums, Sums]:
    """A control, and a variant of whose visitors more buy, by `lift`."""
    dice = np.random.default_rng(7)
    control = sums(dice, traffic.rate, traffic.control, traffic.days, orders, runs)
    rate = traffic.rate * (1 + lift)
    return control, sums(dice, rate, traffic.variant, traffic.days, orders, runs)


def looks(control: Sums, variant: Sums, comparisons: int = 1) -> rates.Looks:
    """The sequential bounds of the log ratio of means."""
    settled = np.minimum(control.buyers, variant.buyers) >= FEWEST_SUMMED
    settled &= (control.measured > 0) & (variant.measured > 0)
    with np.errstate(all="ignore"):
        estimate = np.log(variant.measured / variant.visitors)
        estimate -= np.log(control.measured / control.visitors)
        variance = control.relative_variance + variant.relative_variance
        mixed = variance + 0.15**2
        threshold = np.log1p(np.sqrt(mixed / variance) * comparisons / (2 * 0.05))
        radius = np.sqrt(2 * variance * mixed / 0.15**2 * threshold)
    return rates.Looks(settled, estimate - radius, estimate + radius)


@pytest.mark.parametrize("comparisons", [1, 3])
def test_the_simulated_formulas_are_those_of_compare(comparisons: int) -> None:
    control, variant = arms(rates.even(0.1, 80), SHOP, lift=0.5)
    found = looks(control, variant, comparisons)
    for run, day in np.ndindex(5, 20):
        first, second = control.arm(run, day), variant.arm(run, day)
        interval = compare(first, second, LookedAt(comparisons)).sequential_interval
        assert (interval is not None) == found.settled[run, day]
        if interval:
            bounds = np.log1p([interval.low, interval.high])
            assert bounds == pytest.approx([found.low[run, day], found.high[run, day]])


@rounds(RUNS, soak=5_000)
@pytest.mark.parametrize("orders", [SHOP, heavy_tailed])
@pytest.mark.parametrize(
    "traffic",
    [
        rates.even(0.05, 500),
        rates.Traffic(0.02, 20, 980, 100),
        rates.Traffic(0.30, 5, 95, 100),
    ],
)
def test_variants_that_earn_the_same_are_called_better_or_worse_in_at_most_five_percent(
    traffic: rates.Traffic, orders: Orders, rounds: int
) -> None:
    assert max(looks(*arms(traffic, orders, runs=rounds)).errors()) <= 0.05


def sent_back(dice: np.random.Generator, buyers: int) -> Numbers:
    """Orders of which so many are sent back, with their postage, that next to nothing is left."""
    spent = np.exp(dice.standard_normal(buyers))
    return capped(np.where(dice.random(buyers) < 0.5, -0.95 * spent, spent), 10.0)


@rounds(300, soak=5_000)
@pytest.mark.parametrize("traffic", [rates.even(0.05, 500), rates.Traffic(0.2, 450, 50, 60)])
def test_who_earns_the_same_is_said_to_have_lost_most_in_at_most_five_percent(
    traffic: rates.Traffic, rounds: int
) -> None:
    control, variant = arms(traffic, sent_back, runs=rounds)
    is_little = (variant.measured <= 0) | (variant.buyers < FEWEST_SUMMED)
    is_settled = (control.measured > 0) & (control.buyers >= FEWEST_SUMMED)
    runs, days = np.nonzero(is_little & is_settled)
    assert len(np.unique(runs)) > rounds / 10
    said = {
        run
        for run, day in zip(runs.tolist(), days.tolist(), strict=True)
        if is_surely_less(variant.arm(run, day), control.arm(run, day), 1)
    }
    assert len(said) <= 0.05 * rounds


def test_the_cap_is_what_keeps_the_promise_where_one_order_may_be_endless() -> None:
    traffic = rates.Traffic(0.30, 5, 95, 200)
    assert max(looks(*arms(traffic, heavy_tailed)).errors()) <= 0.05
    endless = partial(heavy_tailed, is_capped=False)
    assert max(looks(*arms(traffic, endless)).errors()) > 0.05


@pytest.mark.soak
@pytest.mark.parametrize("orders", [SHOP, SKEWED, heavy_tailed])
@pytest.mark.parametrize(
    "traffic",
    [
        rates.even(0.05, 500, 365),
        rates.Traffic(0.05, 950, 50, 365),
        rates.Traffic(0.10, 10, 490, 365),
    ],
)
def test_a_year_of_daily_looks_at_money_is_wrong_either_way_in_at_most_five_percent(
    traffic: rates.Traffic, orders: Orders
) -> None:
    errors = [looks(*arms(traffic, orders, lift, 500)).errors(math.log1p(lift)) for lift in LIFTS]
    assert np.max(errors) <= 0.05


LIFTS = (0.0, 0.25)


def test_money_finds_what_its_rate_finds_but_needs_more_visitors_for_it() -> None:
    traffic = rates.even(0.05, 500, days=60)
    control, variant = arms(traffic, SHOP, lift=0.25)
    money, rate = (
        looks(control, variant).above(0),
        rates.sequential_looks(traffic, control.buyers, variant.buyers).above(0),
    )
    found_by = rates.share_that_ever
    assert found_by(rate[:, :20]) > 0.75
    assert 0.2 < found_by(money[:, :20]) < 0.5
    assert found_by(money) > 0.85
    assert found_by(looks(control, variant).below(0)) < 0.005


def settled(
    visitors: int = 2_000, buyers: int = 100, each: float = 20.0, spread: float = 5.0
) -> SummedArm:
    """An arm whose buyers spend `each` on average."""
    return SummedArm(visitors, buyers, buyers * each, buyers * (each**2 + spread**2))


CONTROL, VARIANT = settled(), settled(1_900, 130, 21.0)


def test_what_holds_for_one_look_is_the_z_test_of_the_log_ratio_of_means() -> None:
    comparison = compare(CONTROL, VARIANT)
    variance = sum(
        (arm.squares / arm.visitors - mean**2) / arm.visitors / mean**2
        for arm in (CONTROL, VARIANT)
        for mean in (arm.measured / arm.visitors,)
    )
    estimate = math.log((130 * 21.0 / 1_900) / (100 * 20.0 / 2_000))
    bounds = stats.norm.interval(0.95, estimate, math.sqrt(variance))
    assert comparison.improvement == pytest.approx(math.expm1(estimate))
    assert comparison.interval
    told = comparison.interval.low, comparison.interval.high
    assert told == pytest.approx(tuple(np.expm1(bounds)))
    score = estimate / math.sqrt(variance)
    assert comparison.p_value == pytest.approx(2 * stats.norm.sf(score))
    assert comparison.chance_to_beat_control == pytest.approx(stats.norm.cdf(score))


def test_of_money_the_interval_of_one_look_agrees_with_its_p_value_everywhere() -> None:
    dice = np.random.default_rng(8)
    called = 0
    for _ in range(1_000):
        variant = settled(2_000, int(dice.integers(100, 180)), float(dice.uniform(18, 24)))
        comparison = compare(CONTROL, variant)
        assert comparison.interval
        assert comparison.p_value is not None
        assert excludes_none(comparison.interval) == (comparison.p_value < 0.05)
        assert comparison.sequential_interval
        assert comparison.sequential_p_value is not None
        surely = excludes_none(comparison.sequential_interval)
        assert surely == (comparison.sequential_p_value < 0.05)
        called += excludes_none(comparison.interval)
    assert 200 < called < 900


def statements(comparison: Comparison) -> list[object]:
    return [
        comparison.interval,
        comparison.p_value,
        comparison.chance_to_beat_control,
        comparison.sequential_interval,
        comparison.sequential_p_value,
    ]


@pytest.mark.parametrize(
    "arm",
    [
        settled(buyers=99),
        SummedArm(1_000, 200, 0.0, 500.0),
        SummedArm(1_000, 200, -50.0, 500.0),
        SummedArm(200, 200, 400.0, 800.0),
        SummedArm(0, 0, 0.0, 0.0),
    ],
    ids=["few buyers", "as much sent back", "more sent back", "all alike", "nobody"],
)
def test_an_arm_that_is_not_settled_allows_no_statement(arm: SummedArm) -> None:
    for comparison in (compare(arm, VARIANT), compare(CONTROL, arm)):
        assert statements(comparison) == [None] * 5


def test_a_hundred_buyers_in_each_arm_allow_statements() -> None:
    assert None not in statements(compare(settled(buyers=100), settled(buyers=100)))


def test_beside_a_control_that_earns_less_than_nothing_there_is_no_improvement() -> None:
    lost = SummedArm(1_000, 200, -50.0, 500.0)
    assert compare(lost, VARIANT).improvement is None
    assert compare(CONTROL, lost).improvement == pytest.approx(-1.05)
