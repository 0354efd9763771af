"""The sample ratio test: did visitors come to the variants in the intended ratio?

If not, the split itself is broken, and what it says of the goals is not to be believed.
"""

import math
from collections.abc import Sequence
from statistics import fmean

MISMATCH_BELOW = 0.01
"""At most so many fair splits are ever flagged, however often and for however long one looks.

Of simulated ones looked at on each day of a year, 0.1 to 0.7 % were.
"""

CONCENTRATIONS = (100, 10_000)
"""How close to the intended ratio a broken split is expected, each with the same weight.

The first finds early what is far off, as a variant that nobody gets, the second what is slightly
off. Whichever they are, the bound holds.
"""

FEWEST_VARIANTS = 2


def mismatch_p_value(visitors: Sequence[int], weights: Sequence[int]) -> float | None:
    """Return the p-value of `visitors` per variant having come in the ratio of `weights`.

    It holds at all looks at once, and for small counts: 1 over the Bayes factor of a Dirichlet
    mixture of ratios against the intended one (Lindon and Malek 2022, "Anytime-Valid Inference for
    Multinomial Count Data", NeurIPS). By Ville's inequality at most a share p of all fair splits
    ever gets one below p. At most 1.

    Visitors at a variant of weight 0 are a certain mismatch, 0.0. None without visitors, and where
    fewer than two variants are to get any.
    Raises ValueError for sequences of different lengths and for negative numbers.
    """
    if min([*visitors, *weights], default=0) < 0:
        raise ValueError("Visitors and weights cannot be negative.")
    pairs = list(zip(visitors, weights, strict=True))
    if any(seen and not weight for seen, weight in pairs):
        return 0.0
    split = [(seen, weight / sum(weights)) for seen, weight in pairs if weight]
    if len(split) < FEWEST_VARIANTS or not sum(visitors):
        return None
    return _p_value([_log_bayes_factor(split, each) for each in CONCENTRATIONS])


def is_mismatched(p_value: float | None) -> bool:
    """Return whether the ratio is off beyond chance; of no p-value, it is not known to be."""
    return p_value is not None and p_value < MISMATCH_BELOW


def _p_value(log_factors: Sequence[float]) -> float:
    """Return 1 over the mean of Bayes factors, which is one as well, but at most 1."""
    largest = max(log_factors)
    log_mean = largest + math.log(fmean(math.exp(each - largest) for each in log_factors))
    return math.exp(-max(log_mean, 0.0))


def _log_bayes_factor(split: Sequence[tuple[int, float]], concentration: int) -> float:
    """Return how much likelier visitors are by a Dirichlet mixture than by their shares."""
    whole = sum(seen for seen, _ in split)
    either = math.lgamma(concentration) - math.lgamma(concentration + whole)
    return either + sum(
        math.lgamma(concentration * share + seen)
        - math.lgamma(concentration * share)
        - seen * math.log(share)
        for seen, share in split
    )
