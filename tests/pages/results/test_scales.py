"""Scales of charts: round numbers on the axes, labels apart from each other."""

from itertools import pairwise

import pytest

from app.pages.results.scales import Scale, round_bounds, spread, ticks


def test_a_number_is_drawn_where_its_share_of_the_scale_is() -> None:
    across, up = Scale(0, 10, 50, 250), Scale(0.0, 0.1, 300, 100)
    assert (across.at(0), across.at(5), across.at(10)) == (50, 150, 250)
    assert (up.at(0.0), up.at(0.1)) == (300, 100)


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (0.071, 0.118, [0.07, 0.08, 0.09, 0.1, 0.11, 0.12]),
        (0.02, 0.118, [0.0, 0.025, 0.05, 0.075, 0.1, 0.125]),
        (0.0, 0.0004, [0.0, 0.0001, 0.0002, 0.0003, 0.0004]),
        (0.93, 1.0, [0.92, 0.94, 0.96, 0.98, 1.0]),
    ],
)
def test_an_axis_names_round_numbers_around_what_it_holds(
    low: float, high: float, named: list[float]
) -> None:
    begin, end, step = round_bounds(low, high)
    assert ticks(begin, end, step) == pytest.approx(named)


@pytest.mark.parametrize(
    "wanted",
    [[100.0] * 5, [1.0, 2.0, 3.0], [198.0, 199.0, 200.0], [50.0, 10.0, 55.0, 190.0, 12.0], [7.0]],
    ids=["all on one spot", "at the top", "at the bottom", "in any order", "one"],
)
def test_labels_are_apart_in_their_order_and_within_the_chart(wanted: list[float]) -> None:
    places = spread(wanted, 18, 0, 200)
    ordered = [place for _, place in sorted(zip(wanted, places, strict=True))]
    assert all(second - first >= 18 for first, second in pairwise(ordered))
    assert min(places) >= 0
    assert max(places) <= 200


def test_labels_that_have_room_stay_where_they_are() -> None:
    assert spread([120.0, 40.0, 80.0], 18, 0, 200) == [120.0, 40.0, 80.0]


@pytest.mark.parametrize(
    ("low", "high", "bounds"),
    [
        (0.0, 0.0, (0.0, 1.0)),
        (7.0, 7.0, (0.0, 8.0)),
        (-5.0, -5.0, (-5.0, 0.0)),
        (-10.0, -4.0, (-10.0, -4.0)),
        (-1.0, 4.0, (-1.0, 4.0)),
    ],
)
def test_money_that_is_all_the_same_or_below_nothing_has_a_scale(
    low: float, high: float, bounds: tuple[float, float]
) -> None:
    lowest, highest, step = round_bounds(low, high)
    assert (lowest <= low, high <= highest, step > 0) == (True, True, True)
    assert (lowest, highest) == bounds
