"""Bucketing: which variant a visitor gets, a pure function of the run's salt and the visitor.

Anybody can work it out elsewhere. MurmurHash3 (x86, 32 bits, seed 0, unsigned; Appleby 2011) of the
UTF-8 bytes of `{salt}.allocation.{unit}`, modulo 10,000, is the unit's place in the traffic: below
the traffic allocation it takes part. The same of `{salt}.split.{unit}` is its place in the split:
the variants' weights are laid end to end in their order, and it gets the one it falls into. With
the salt `5a17`, `visitor-1` is at 6954 in the traffic and at 1571 in the split.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import mmh3

from app.models import WHOLE


def ends(weights: Sequence[int]) -> tuple[int, ...]:
    """Return where each variant's part of the split ends, in basis points, end to end."""
    return tuple(accumulate(weights))


def variant_of(salt: str, traffic_allocation: int, split: Sequence[int], unit: str) -> int | None:
    """Return the position of the unit's variant, None for a unit outside the traffic.

    `split` is what `ends` gives; shares are in basis points.
    """
    if _place(salt, "allocation", unit) >= traffic_allocation:
        return None
    return bisect_right(split, _place(salt, "split", unit))


def listed_as(salt: str, unit: str) -> str:
    """Return how a unit that always sees a variant is listed where everybody can read it.

    By its places for the purposes a, b, c and d: no two are alike.
    """
    return ",".join(str(_place(salt, purpose, unit)) for purpose in "abcd")


def _place(salt: str, purpose: str, unit: str) -> int:
    return mmh3.hash(f"{salt}.{purpose}.{unit}", signed=False) % WHOLE
