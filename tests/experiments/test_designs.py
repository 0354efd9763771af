"""What a design may be: every rule, and what breaks it."""

from typing import Any

import pytest

from app.core.errors import InvalidInput
from app.experiments import designs
from app.experiments.designs import Design, GoalUse, VariantDesign
from app.models import GoalRole

PRIMARY, SECONDARY = GoalRole.PRIMARY, GoalRole.SECONDARY


def halves(*values: object) -> Design:
    """Variants with these values and about the same weights."""
    weights = [10_000 // len(values)] * len(values)
    weights[0] += 10_000 - sum(weights)
    variants = [
        VariantDesign(f"v{number}", weight, value=value)
        for number, (weight, value) in enumerate(zip(weights, values, strict=True))
    ]
    return Design(tuple(variants))


def weighing(*weights: int) -> Design:
    """Variants of these weights."""
    return Design(tuple(VariantDesign(f"v{n}", weight) for n, weight in enumerate(weights)))


def named(key: str, name: str = "") -> Design:
    """Two variants, the first of which is called so."""
    return Design((VariantDesign(key, 5000, name), VariantDesign("other", 5000)))


def nested(depth: int) -> object:
    """Lists within lists, in an object."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    return {"a": value}


def refused(design: Design) -> InvalidInput:
    """Why the design is refused."""
    with pytest.raises(InvalidInput) as caught:
        designs.checked(design)
    return caught.value


@pytest.mark.parametrize("count", [2, 3, 20])
def test_2_to_20_variants_are_taken(count: int) -> None:
    assert len(designs.checked(halves(*[None] * count)).variants) == count


@pytest.mark.parametrize("design", [Design(()), weighing(10_000), halves(*[None] * 21)])
def test_fewer_and_more_variants_are_refused(design: Design) -> None:
    error = refused(design)
    assert (str(error), error.field) == ("An experiment has 2 to 20 variants.", "variants")


@pytest.mark.parametrize(
    "weights",
    [(5000, 4999), (5000, 5001), (9999, 0), (10_001, 0), (0, 0), (-1, 10_001), (20_000, -10_000)],
)
def test_weights_that_do_not_make_100_percent_are_refused(weights: tuple[int, ...]) -> None:
    error = refused(weighing(*weights))
    assert error.field == "variants"
    assert "100 %" in str(error)


@pytest.mark.parametrize("weights", [(0, 10_000), (10_000, 0), (1, 9999), (3333, 3333, 3334)])
def test_weights_that_make_100_percent_are_taken(weights: tuple[int, ...]) -> None:
    checked = designs.checked(weighing(*weights))
    assert tuple(variant.weight for variant in checked.variants) == weights


def test_two_variants_of_the_same_key_are_refused() -> None:
    error = refused(Design((VariantDesign("a", 5000), VariantDesign("a", 5000, "Another"))))
    assert (str(error), error.field) == (
        "Two variants have the same key: give each one of its own.",
        "variants",
    )


@pytest.mark.parametrize(
    "key", ["", " ", "A", "a b", "ä", "-a", "_a", "a.b", "a" * 65, "a\0", "a\n"]
)
def test_keys_that_are_none_are_refused(key: str) -> None:
    assert refused(named(key)).field == "variants"


@pytest.mark.parametrize("name", [" ", "n" * 121, "two\nlines", "nul\0", "\u200b", "\u202e"])
def test_names_that_are_none_are_refused(name: str) -> None:
    assert refused(named("a", name)).field == "variants"


def test_without_a_name_and_a_value_both_are_the_key() -> None:
    checked = designs.checked(named("a-key"))
    assert checked.variants[0] == VariantDesign("a-key", 5000, "a-key", "a-key")


def test_null_means_the_key_and_nothing_else_does() -> None:
    assert [each.value for each in designs.checked(halves(None, "")).variants] == ["v0", ""]
    for value in (0, False):
        taken = designs.checked(halves(value, value)).variants
        assert [each.value for each in taken] == [value, value]


@pytest.mark.parametrize(
    "values",
    [
        ("text", 1),
        (True, 1),
        (1.5, True),
        (False, 0.0),
        ({}, "{}"),
        ({"a": 1}, 1),
        (None, 1),
        (1, 2.5, "x"),
    ],
)
def test_values_of_different_types_are_refused(values: tuple[object, ...]) -> None:
    error = refused(halves(*values))
    sentence = (
        "The values differ in type: make all of them text, all numbers, or all of one other "
        "JSON type."
    )
    assert (str(error), error.field) == (sentence, "variants")


def test_whole_numbers_beside_fractions_become_fractions() -> None:
    values = [each.value for each in designs.checked(halves(1, 0.5, -(2**53))).variants]
    assert [repr(value) for value in values] == ["1.0", "0.5", repr(-float(2**53))]


def test_whole_numbers_alone_stay_whole() -> None:
    values = [each.value for each in designs.checked(halves(1, -2)).variants]
    assert [repr(value) for value in values] == ["1", "-2"]


@pytest.mark.parametrize("value", ["", "x" * 9998, {}, {"a": [None, True]}, 2**53, -1.5, False])
def test_any_other_json_of_one_type_is_taken(value: object) -> None:
    checked = designs.checked(halves(value, value))
    assert [each.value for each in checked.variants] == [value, value]


UNWRITABLE: dict[str, Any] = {
    "not a number": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "not a number within": {"a": [float("nan")]},
    "a number above 2^53": 2**53 + 1,
    "a number below -2^53": -(2**53) - 1,
    "a number of 5,000 digits": 10**5000,
    "a number of 5,000 digits within": {"a": [10**5000]},
    "text too long": "x" * 9999,
    "a list": [],
    "a list too long within": {"a": [0] * 5000},
    "deep nesting": nested(100_000),
    "deep nesting of few characters": nested(4_000),
}


@pytest.mark.parametrize("value", UNWRITABLE.values(), ids=UNWRITABLE.keys())
def test_values_that_no_client_could_use_are_refused_by_the_variants_key(value: object) -> None:
    error = refused(halves(value, value))
    assert (str(error).startswith("The value of v0 "), error.field) == (True, "variants")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"traffic_allocation": -1}, "traffic_allocation"),
        ({"traffic_allocation": 10_001}, "traffic_allocation"),
        ({"minimum_days": -1}, "minimum_days"),
        ({"minimum_days": 366}, "minimum_days"),
        ({"minimum_visitors": -1}, "minimum_visitors"),
        ({"minimum_visitors": 2**31}, "minimum_visitors"),
    ],
)
def test_numbers_out_of_their_range_are_refused(change: dict[str, int], field: str) -> None:
    assert refused(Design(**change)).field == field  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("share", [0, 1, 9999, 10_000])
@pytest.mark.parametrize(("days", "visitors"), [(0, 0), (365, 2**31 - 1)])
def test_numbers_at_the_ends_of_their_range_are_taken(share: int, days: int, visitors: int) -> None:
    design = Design(traffic_allocation=share, minimum_days=days, minimum_visitors=visitors)
    checked = designs.checked(design)
    assert checked.traffic_allocation == share
    assert (checked.minimum_days, checked.minimum_visitors) == (days, visitors)


def aiming(*roles: GoalRole, key: str = "goal-{}") -> Design:
    """Goals in these roles."""
    return Design(goals=tuple(GoalUse(key.format(n), role) for n, role in enumerate(roles)))


def test_two_primary_goals_are_refused() -> None:
    error = refused(aiming(PRIMARY, SECONDARY, PRIMARY))
    assert (str(error), error.field) == (
        "There is more than one primary goal: choose the one that decides.",
        "goals",
    )


def test_a_goal_twice_is_refused_whatever_its_roles() -> None:
    error = refused(aiming(PRIMARY, SECONDARY, key="goal"))
    assert (str(error), error.field) == ("A goal is named twice.", "goals")


def test_more_than_20_goals_are_refused() -> None:
    error = refused(aiming(*[SECONDARY] * 21))
    assert (str(error), error.field) == ("An experiment has at most 20 goals.", "goals")


@pytest.mark.parametrize("roles", [[], [GoalRole.GUARDRAIL], [PRIMARY, *[SECONDARY] * 19]])
def test_goals_without_a_primary_one_and_up_to_20_are_taken(roles: list[GoalRole]) -> None:
    assert len(designs.checked(aiming(*roles)).goals) == len(roles)
