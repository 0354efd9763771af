"""How long a run takes: what is told before it is found as often as that, by simulation."""

import numpy as np
import pytest

from app.results.statistics import planning
from app.results.statistics.planning import POWER, Setting
from tests.results.test_means import SHOP, looks, sums
from tests.results.test_means import arms as means_arms
from tests.results.test_sequential import Traffic, arms, even, sequential_looks, share_that_ever

DAYS = 28


@pytest.mark.parametrize("lift", [0.10, 0.25])
@pytest.mark.parametrize("rate", [0.02, 0.30])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_so_many_visitors_find_a_real_difference_in_four_runs_of_five(
    rate: float, share: float, lift: float
) -> None:
    needed = planning.visitors_needed(Setting(rate, share, 1 - share, 1), lift)
    assert needed
    control, variant = round(needed * share / DAYS), round(needed * (1 - share) / DAYS)
    traffic = Traffic(rate, control, variant, DAYS)
    found = share_that_ever(sequential_looks(traffic, *arms(traffic, lift)).above(0))
    assert POWER <= found < 0.92


@pytest.mark.long
def test_of_money_too_so_many_visitors_find_a_real_difference_in_four_runs_of_five() -> None:
    one = sums(np.random.default_rng(3), 0.05, 2_000_000, 1, SHOP, 1)
    spread = float(one.relative_variance[0, 0] * one.visitors[0])
    needed = planning.visitors_needed(Setting(0.05, 0.5, 0.5, 1, spread), 0.25)
    assert needed
    traffic = even(0.05, round(needed / 2 / DAYS), DAYS)
    found = share_that_ever(looks(*means_arms(traffic, SHOP, 0.25)).above(0))
    assert POWER <= found < 0.92


def test_a_window_is_waited_for_after_the_last_visitor() -> None:
    alone, windowed = (
        planning.forecast(Setting(0.05, 0.5, 0.5, 1, window_days=days), 1_000, 7)
        for days in (0, 14)
    )
    for sooner, later in zip(alone, windowed, strict=True):
        assert sooner.days
        assert later.days == sooner.days + 14


def test_more_variants_and_smaller_differences_take_longer() -> None:
    alone = planning.visitors_needed(Setting(0.05, 0.5, 0.5, 1), 0.10)
    crowd = planning.visitors_needed(Setting(0.05, 0.25, 0.25, 3), 0.10)
    smaller = planning.visitors_needed(Setting(0.05, 0.5, 0.5, 1), 0.05)
    assert alone
    assert crowd
    assert smaller
    assert 2 * alone < crowd < 3 * alone
    assert 4 * alone < smaller


@pytest.mark.parametrize(
    "setting",
    [Setting(0, 0.5, 0.5, 1), Setting(0.9, 0.5, 0.5, 1), Setting(0.1, 0, 1, 1)],
    ids=["nobody converts", "hardly anybody is left", "no control"],
)
def test_what_can_never_be_found_takes_no_number_of_visitors(setting: Setting) -> None:
    assert planning.visitors_needed(setting, 0.25) is None


@pytest.mark.parametrize(
    ("visitors", "daily", "days"), [(100, 10, 10), (101, 10, 11), (0, 10, 0), (9, 0, None)]
)
def test_days_are_whole_ones(visitors: int, daily: float, days: int | None) -> None:
    assert planning.days(visitors, daily) == days


def test_what_takes_years_has_no_day() -> None:
    assert planning.days(1_001, 1) is None
