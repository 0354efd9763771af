"""Whether visitors came in the intended ratio."""

import numpy as np
import pytest
from scipy import stats

from app.results.sample_ratio import MISMATCH_BELOW, is_mismatched, mismatch_p_value


def test_the_p_value_is_the_one_of_pearsons_test() -> None:
    seen, weights = [5_120, 2_430, 2_450], [50, 25, 25]
    expected = [sum(seen) * weight / 100 for weight in weights]
    assert mismatch_p_value(seen, weights) == pytest.approx(stats.chisquare(seen, expected).pvalue)


def test_of_two_variants_it_is_the_one_of_a_normal_deviate() -> None:
    deviate = (44_000 - 44_500) / np.sqrt(89_000 / 4)
    expected = 2 * stats.norm.sf(abs(deviate))
    assert mismatch_p_value([44_000, 45_000], [1, 1]) == pytest.approx(expected)
    assert expected == pytest.approx(0.0008, abs=5e-5)


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


def test_nothing_is_said_before_two_expect_five_visitors() -> None:
    assert mismatch_p_value([0, 0], [1, 1]) is None
    assert mismatch_p_value([49, 0], [9, 1]) is None
    assert mismatch_p_value([50, 0], [9, 1]) is not None


def test_a_variant_of_tiny_weight_hides_nothing_of_the_others() -> None:
    broken = mismatch_p_value([700, 250, 4], [4975, 4975, 50])
    assert broken == pytest.approx(mismatch_p_value([700, 254], [4975, 5025]))
    assert is_mismatched(broken)


def test_several_variants_of_tiny_weight_are_taken_together() -> None:
    apart = mismatch_p_value([500, 480, 0, 1, 2], [490, 490, 3, 3, 2])
    assert apart == pytest.approx(mismatch_p_value([500, 480, 3], [490, 490, 8]))


def test_an_absent_variant_is_a_mismatch_once_it_is_overdue() -> None:
    assert is_mismatched(mismatch_p_value([200, 0], [1, 1]))


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


@pytest.mark.parametrize("weights", [[1, 1], [9, 1], [1, 1, 1]])
def test_a_fair_split_looked_at_on_twenty_days_is_flagged_in_fewer_than_one_percent(
    weights: list[int],
) -> None:
    per_day, runs = 100, 20_000
    shares = np.array(weights) / sum(weights)
    seen = np.random.default_rng(4).multinomial(per_day, shares, (runs, 20)).cumsum(axis=1)
    expected = np.arange(1, 21)[:, None] * per_day * shares
    statistics = ((seen - expected) ** 2 / expected).sum(axis=2)
    flagged = statistics > stats.chi2.isf(MISMATCH_BELOW, len(weights) - 1)
    assert 0.001 < flagged.any(axis=1).mean() < 0.01
    for run, day in np.argwhere(flagged)[:50]:
        assert is_mismatched(mismatch_p_value(seen[run, day].tolist(), weights))
    for run, day in np.argwhere(~flagged)[:50]:
        assert not is_mismatched(mismatch_p_value(seen[run, day].tolist(), weights))


def test_a_split_that_loses_every_tenth_visitor_of_a_variant_is_found() -> None:
    seen = np.random.default_rng(5).binomial(10_000, 0.9 / 1.9, 200)
    found = [is_mismatched(mismatch_p_value([int(n), 10_000 - int(n)], [1, 1])) for n in seen]
    assert np.mean(found) > 0.95
