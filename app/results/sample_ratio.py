"""The sample ratio test: did visitors come to the variants in the intended ratio?

If not, the split itself is broken, and what it says of the goals is not to be believed.
"""

from collections.abc import Sequence

# Far below 0.05: the check is looked at every day, and an alarm discredits a whole experiment.
# Of simulated fair splits looked at on 20 days, 0.6 to 1 % were flagged at least once.
MISMATCH_BELOW = 0.001

# The usual bound for Pearson's approximation (Cochran 1954, "Some Methods for Strengthening the
# Common Chi-Square Tests", Biometrics 10).
FEWEST_EXPECTED = 5


def mismatch_p_value(visitors: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return the p-value of `visitors` per variant having come in the ratio of `weights`.

    Pearson's chi-square test of goodness of fit (Pearson 1900), as a check of experiments from
    Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD.

    Visitors at a variant of weight 0 are a certain mismatch, 0.0; without visitors it is left out.
    None where fewer than two variants are left, or one of them expects fewer than 5 visitors.
    Raises ValueError for sequences of different lengths and for negative numbers.
    """
    if min([*visitors, *weights], default=0) < 0:
        raise ValueError("Visitors and weights cannot be negative.")
    pairs = list(zip(visitors, weights, strict=True))
    if any(seen and not weight for seen, weight in pairs):
        return 0.0
    return _goodness_of_fit([(seen, weight) for seen, weight in pairs if weight])


def is_mismatched(p_value: float | None) -> bool:
    """Return whether the ratio is off beyond chance; of no p-value, it is not known to be."""
    return p_value is not None and p_value < MISMATCH_BELOW


def _goodness_of_fit(pairs: list[tuple[int, int]]) -> float | None:
    """Return the p-value of pairs of visitors and positive weight.

    None where there is too little.
    """
    degrees_of_freedom = len(pairs) - 1
    if degrees_of_freedom < 1:
        return None
    share = sum(seen for seen, _ in pairs) / sum(weight for _, weight in pairs)
    if share * min(weight for _, weight in pairs) < FEWEST_EXPECTED:
        return None
    from app.results.distributions import chi_square_tail  # noqa: PLC0415

    statistic = sum((seen - share * weight) ** 2 / (share * weight) for seen, weight in pairs)
    return chi_square_tail(statistic, degrees_of_freedom)
