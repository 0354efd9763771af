"""Bucketing, checked against MurmurHash3 written out from its description."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest
from scipy.stats import chi2, chi2_contingency

from app.serving import bucketing

SALT, OTHER_SALT = "5a17", "0123456789abcdef0123456789abcdef"
CROWD = [f"visitor-{number}" for number in range(20_000)]
SCRIPTS = [
    "a",
    "abc",
    "abcd",
    "abcde",
    " ",
    "\0",
    "\n",
    "Łódź",
    "中文用户",
    "भारत",
    "مستخدم",
    "\N{GRINNING FACE}",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    "a\N{COMBINING DIAERESIS}",
    "u" * 256,
    "\N{GRINNING FACE}" * 256,
    "ada@example.test",
    "{unit}.split.%s",
]
WEIGHTS = [
    (5000, 5000),
    (1000, 9000),
    (3333, 3333, 3334),
    (1, 9999),
    (500,) * 20,
    (100, 200, 300, 400, 9000),
]
MASK = 0xFFFFFFFF
LEAST_PROBABILITY = 0.001


def rotated(number: int, bits: int) -> int:
    return (number << bits | number >> (32 - bits)) & MASK


def scrambled(block: int) -> int:
    return rotated(block * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK


def murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with the seed 0 (Appleby 2011)."""
    whole = len(data) - len(data) % 4
    state = 0
    for begin in range(0, whole, 4):
        state ^= scrambled(int.from_bytes(data[begin : begin + 4], "little"))
        state = (rotated(state, 13) * 5 + 0xE6546B64) & MASK
    state ^= scrambled(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & MASK
    return state ^ state >> 16


def place(salt: str, purpose: str, unit: str) -> int:
    """Return where a unit is, as the documentation has it."""
    return murmur3(f"{salt}.{purpose}.{unit}".encode()) % 10_000


def by_documentation(salt: str, share: int, weights: Sequence[int], unit: str) -> int | None:
    """The position that the documentation gives a unit."""
    if place(salt, "allocation", unit) >= share:
        return None
    borders = pairwise([0, *accumulate(weights)])
    within = place(salt, "split", unit)
    return next(position for position, (begin, end) in enumerate(borders) if begin <= within < end)


def positions(weights: Sequence[int], share: int = 10_000, salt: str = SALT) -> list[int | None]:
    """The positions of the whole crowd."""
    split = bucketing.ends(weights)
    return [bucketing.variant_of(salt, share, split, unit) for unit in CROWD]


def improbability(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The probability of counts that fit the shares no better, by the chi-square test."""
    total = sum(counts)
    terms = [
        (count - total * share) ** 2 / (total * share)
        for count, share in zip(counts, shares, strict=True)
    ]
    return float(chi2.sf(sum(terms), len(counts) - 1))


def dependence(first: Sequence[object], second: Sequence[object]) -> float:
    """The probability of a table no less uneven, if the two had nothing to do with each other."""
    table = Counter(zip(first, second, strict=True))
    rows, columns = (sorted(set(each), key=str) for each in (first, second))
    counts = [[table[row, column] for column in columns] for row in rows]
    return float(chi2_contingency(counts).pvalue)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 0x248BFA47),
        ("hello, world", 0x149BBB7F),
        ("The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_the_hash_that_is_written_out_here_is_murmurhash3(text: str, expected: int) -> None:
    assert murmur3(text.encode()) == expected


def test_the_documented_example_is_true() -> None:
    assert place("5a17", "allocation", "visitor-1") == 6954
    assert place("5a17", "split", "visitor-1") == 1571
    assert bucketing.variant_of("5a17", 6954, (10_000,), "visitor-1") is None
    assert bucketing.variant_of("5a17", 6955, (1571, 10_000), "visitor-1") == 1
    assert bucketing.variant_of("5a17", 6955, (1572, 10_000), "visitor-1") == 0


@pytest.mark.parametrize("unit", SCRIPTS, ids=ascii)
@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_a_unit_in_any_script_gets_what_the_documentation_gives_it(
    weights: Sequence[int], unit: str
) -> None:
    split = bucketing.ends(weights)
    for salt in (SALT, OTHER_SALT):
        for share in (0, 2500, 10_000):
            expected = by_documentation(salt, share, weights, unit)
            assert bucketing.variant_of(salt, share, split, unit) == expected


def test_many_units_get_what_the_documentation_gives_them() -> None:
    weights = (1000, 0, 4500, 4500)
    expected = [by_documentation(SALT, 8000, weights, unit) for unit in CROWD[:2000]]
    assert positions(weights, 8000)[:2000] == expected


@pytest.mark.parametrize("weights", WEIGHTS, ids=str)
def test_every_unit_gets_one_variant_and_each_variant_its_share(weights: Sequence[int]) -> None:
    got = positions(weights)
    assert set(got) == set(range(len(weights)))
    counts = [got.count(position) for position in range(len(weights))]
    shares = [weight / 10_000 for weight in weights]
    assert improbability(counts, shares) > LEAST_PROBABILITY


@pytest.mark.parametrize("share", [1, 1000, 5000, 9999])
def test_the_traffic_has_its_share_of_the_units(share: int) -> None:
    inside = len(CROWD) - positions((5000, 5000), share).count(None)
    counts, shares = (inside, len(CROWD) - inside), (share / 10_000, 1 - share / 10_000)
    assert improbability(counts, shares) > LEAST_PROBABILITY


def test_no_traffic_is_nobody_and_all_of_it_is_everybody() -> None:
    assert set(positions((5000, 5000), 0)) == {None}
    assert None not in positions((5000, 5000), 10_000)


@pytest.mark.parametrize(
    ("weights", "got"),
    [
        ((10_000, 0), {0}),
        ((0, 10_000), {1}),
        ((0, 0, 10_000, 0), {2}),
        ((5000, 0, 5000), {0, 2}),
        ((0, 5000, 5000, 0), {1, 2}),
    ],
)
def test_a_weight_of_nothing_gets_nobody(weights: Sequence[int], got: set[int]) -> None:
    assert set(positions(weights)) == got


def test_more_traffic_brings_new_units_and_moves_none_that_took_part() -> None:
    less, more = positions((3000, 7000), 2000), positions((3000, 7000), 6000)
    assert [after for before, after in zip(less, more, strict=True) if before is not None] == [
        before for before in less if before is not None
    ]
    assert more.count(None) < less.count(None)


def test_who_takes_part_has_nothing_to_do_with_the_variant() -> None:
    inside = [position is not None for position in positions((10_000,), 5000)]
    assert dependence(inside, positions((5000, 5000))) > LEAST_PROBABILITY
    assert dependence(inside, positions((500,) * 20)) > LEAST_PROBABILITY


def test_two_salts_have_nothing_to_do_with_each_other() -> None:
    first, second = (positions((2500,) * 4, 8000, salt) for salt in (SALT, OTHER_SALT))
    assert dependence(first, second) > LEAST_PROBABILITY


def test_salts_that_are_alike_split_as_independently() -> None:
    first, second = (positions((5000, 5000), salt=salt) for salt in ("5a17", "5a18"))
    assert dependence(first, second) > LEAST_PROBABILITY


def test_the_test_for_dependence_finds_it_where_it_is() -> None:
    split = positions((5000, 5000))
    slightly = [0 if number % 20 == 0 else each for number, each in enumerate(split)]
    assert dependence(split, slightly) < LEAST_PROBABILITY
