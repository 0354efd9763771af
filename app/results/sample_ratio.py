"""The sample ratio test: did visitors come to the variants in the intended ratio?

If not, the split itself is broken, and what it says of the goals is not to be believed.
"""

from collections.abc import Sequence
from operator import itemgetter

# Far below 0.05: the check is looked at every day, and an alarm discredits a whole experiment.
# Of simulated fair splits looked at on 20 days, 0.6 to 1 % were flagged at least once.
MISMATCH_BELOW = 0.001

# The usual bound for Pearson's approximation (Cochran 1954, "Some Methods for Strengthening the
# Common Chi-Square Tests", Biometrics 10).
FEWEST_EXPECTED = 5
FEWEST_GROUPS = 2


def mismatch_p_value(visitors: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return the p-value of `visitors` per variant having come in the ratio of `weights`.

    Pearson's chi-square test of goodness of fit (Pearson 1900), as a check of experiments from
    Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD.

    Visitors at a variant of weight 0 are a certain mismatch, 0.0; without visitors it is left out.
    Variants that expect fewer than 5 visitors are taken together, with the next larger one if need
    be: one of tiny weight does not hide what is wrong with the others. None where fewer than two
    are left after that.
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
    if not pairs:
        return None
    share = sum(seen for seen, _ in pairs) / sum(weight for _, weight in pairs)
    groups = _pooled([(seen, share * weight) for seen, weight in pairs])
    if len(groups) < FEWEST_GROUPS:
        return None
    from app.results.distributions import chi_square_tail  # noqa: PLC0415

    statistic = sum((seen - expected) ** 2 / expected for seen, expected in groups)
    return chi_square_tail(statistic, len(groups) - 1)


def _pooled(pairs: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the pairs of seen and expected visitors, the smallest taken together until they do."""
    ordered = sorted(pairs, key=itemgetter(1))
    while len(ordered) > 1 and ordered[0][1] < FEWEST_EXPECTED:
        (seen, expected), (more, expected_more), *others = ordered
        both = (seen + more, expected + expected_more)
        ordered = sorted([both, *others], key=itemgetter(1))
    return ordered
