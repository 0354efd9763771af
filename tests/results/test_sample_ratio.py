"""Whether visitors came in the intended ratio."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import gammaln

from app.results.statistics.sample_ratio import (
    CONCENTRATIONS,
    MISMATCH_BELOW,
    is_mismatched,
    mismatch_p_value,
)
from tests.conftest import rounds


def by_scipy(seen: list[int], shares: list[float]) -> float:
    """1 over the mean of the Bayes factors."""
    whole, planned = np.array(sum(seen)), np.array(shares)
    intended = stats.multinomial.logpmf(seen, whole, planned)
    mixed = [
        stats.dirichlet_multinomial.logpmf(seen, each * planned, whole) for each in CONCENTRATIONS
    ]
    return min(1.0, float(1 / np.exp(np.array(mixed) - intended).mean()))


@pytest.mark.parametrize("seen", [[44_000, 45_000], [40, 0], [5_120, 4_880], [3, 2]])
def test_the_p_value_is_one_over_the_mean_of_bayes_factors(seen: list[int]) -> None:
    assert mismatch_p_value(seen, [1, 1]) == pytest.approx(by_scipy(seen, [0.5, 0.5]))


def test_of_several_variants_it_is_that_too() -> None:
    seen = [5_300, 2_400, 2_300]
    found = mismatch_p_value(seen, [50, 25, 25])
    assert found == pytest.approx(by_scipy(seen, [0.5, 0.25, 0.25]))
    assert is_mismatched(found)


def test_only_the_ratio_of_the_weights_matters() -> None:
    seen = [900, 1_100, 2_050]
    assert mismatch_p_value(seen, [1, 1, 2]) == pytest.approx(mismatch_p_value(seen, [25, 25, 50]))


def test_visitors_as_intended_are_no_mismatch() -> None:
    assert mismatch_p_value([300, 700], [30, 70]) == pytest.approx(1)


def test_visitors_at_a_variant_of_weight_zero_are_a_certain_mismatch() -> None:
    assert mismatch_p_value([500, 500, 1], [50, 50, 0]) == 0
    assert mismatch_p_value([1, 0], [0, 100]) == 0


def test_a_variant_of_weight_zero_without_visitors_is_left_out() -> None:
    assert mismatch_p_value([480, 520, 0], [1, 1, 0]) == mismatch_p_value([480, 520], [1, 1])


@pytest.mark.parametrize(
    ("visitors", "weights"), [([], []), ([900], [1]), ([900, 0], [1, 0]), ([0, 0], [0, 0])]
)
def test_fewer_than_two_variants_have_no_ratio(visitors: list[int], weights: list[int]) -> None:
    assert mismatch_p_value(visitors, weights) is None


def test_a_variant_of_tiny_weight_hides_nothing_of_the_others() -> None:
    assert is_mismatched(mismatch_p_value([700, 250, 4], [4975, 4975, 50]))
    assert not is_mismatched(mismatch_p_value([480, 470, 4], [4975, 4975, 50]))


def test_an_absent_variant_is_a_mismatch_once_it_is_overdue() -> None:
    assert not is_mismatched(mismatch_p_value([20, 0], [1, 1]))
    assert is_mismatched(mismatch_p_value([40, 0], [1, 1]))


def test_no_p_value_is_no_mismatch() -> None:
    assert not is_mismatched(None)


def test_only_a_p_value_below_the_bound_is_a_mismatch() -> None:
    assert not is_mismatched(MISMATCH_BELOW)
    assert is_mismatched(MISMATCH_BELOW / 2)


def test_visitors_and_weights_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        mismatch_p_value([1, 2, 3], [1, 2])


@pytest.mark.parametrize(("visitors", "weights"), [([-1, 5], [1, 1]), ([5, 5], [2, -1])])
def test_negative_numbers_are_refused(visitors: list[int], weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot be negative"):
        mismatch_p_value(visitors, weights)


@rounds(500, soak=20_000)
@pytest.mark.parametrize("weights", [[1, 1], [9, 1], [1, 1, 1], [49, 49, 1, 1]])
def test_a_fair_split_is_flagged_by_any_look_of_a_year_in_at_most_one_percent(
    weights: list[int], rounds: int
) -> None:
    """Pearson's test at 0.001 flagged 1.9 to 2.4 % of them."""
    per_day, shares, dice = 300, np.array(weights) / sum(weights), np.random.default_rng(4)
    flagged = 0
    for _ in range(rounds // 500):
        seen = dice.multinomial(per_day, shares, (500, 365)).cumsum(axis=1)
        factors = np.exp([log_bayes_factors(seen, shares, each) for each in CONCENTRATIONS])
        is_flagged = factors.mean(axis=0) > 1 / MISMATCH_BELOW
        flagged += is_flagged.any(axis=1).sum()
        for run, day in [*np.argwhere(is_flagged)[:5], *np.argwhere(~is_flagged)[:5]]:
            p_value = mismatch_p_value(seen[run, day].tolist(), weights)
            assert is_mismatched(p_value) == is_flagged[run, day]
    assert flagged / rounds <= MISMATCH_BELOW


def log_bayes_factors(
    seen: NDArray[np.int64], shares: NDArray[np.float64], concentration: int
) -> NDArray[np.float64]:
    """Return the log Bayes factor of each look at each run."""
    prior = concentration * shares
    by_variant = gammaln(prior + seen) - gammaln(prior) - seen * np.log(shares)
    whole = gammaln(concentration) - gammaln(concentration + seen.sum(axis=2))
    return whole + by_variant.sum(axis=2)


def test_a_split_that_loses_every_tenth_visitor_of_a_variant_is_found() -> None:
    seen = np.random.default_rng(5).binomial(10_000, 0.9 / 1.9, 200)
    found = [is_mismatched(mismatch_p_value([int(n), 10_000 - int(n)], [1, 1])) for n in seen]
    assert np.mean(found) > 0.9
