"""Days with so many visitors that somebody has to look whether they are people."""

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from app.models import Status, TrafficRise
from app.results import unusual_days
from app.results.counts import Counts, DayCount
from app.results.days.period import WHOLE_RUN, Opened, course
from app.results.days.ramp import Ramp
from app.results.days.run_days import RunDays
from app.results.unusual_days import UnusualDay
from tests.results.found import sides

pytestmark = pytest.mark.long

FIRST = date(2026, 3, 2)


def found(visitors: Sequence[int], rises: Sequence[TrafficRise] = ()) -> list[UnusualDay]:
    """The unusual days of a run that is on its last day; half of the visitors saw each side."""
    days = [FIRST + timedelta(days=number) for number in range(len(visitors))]
    cells = (
        DayCount(day, position, None, half, 0.0)
        for day, number in zip(days, visitors, strict=True)
        for position, half in enumerate((number // 2, number - number // 2))
        if half
    )
    began_at = datetime.combine(FIRST, time(), UTC)
    run = course(Opened(1, began_at, "UTC"), [], Status.RUNNING)
    of_run = RunDays(run, WHOLE_RUN, (), began_at + timedelta(days=len(days) - 1), Ramp(rises))
    return [*unusual_days.of(Counts(cells), sides(2), of_run)]


@pytest.mark.parametrize(
    ("visitors", "unusual"),
    [
        ([480, 500, 470, 480, 2400, 480], {4: (2400, 480)}),
        ([480, 500, 470, 480, 2399, 480], {}),
        # It may be the first, or today, which says nothing of what is usual while it lasts.
        ([5000, 480, 490, 500, 10], {0: (5000, 490)}),
        ([480, 490, 500, 4500], {3: (4500, 490)}),
        # Of few visitors, or few days, nothing is said; a day without any is none to compare with.
        ([10, 12, 9, 11, 300, 10], {}),
        ([10, 12, 9, 11, 310, 10], {4: (310, 10)}),
        ([480, 500, 9000], {}),
        ([480, 0, 0, 500, 9000], {}),
    ],
)
def test_a_day_is_unusual_with_five_times_the_visitors_of_the_middle_one(
    visitors: list[int], unusual: dict[int, tuple[int, int]]
) -> None:
    assert found(visitors) == [
        UnusualDay(FIRST + timedelta(days=number), *told) for number, told in unusual.items()
    ]


def test_a_year_of_weeks_seasons_and_chance_has_no_unusual_day() -> None:
    dice = np.random.default_rng(14)
    for mean in (5, 80, 1_000, 40_000):
        week = np.array([1.0, 1.1, 0.9, 1.0, 1.4, 2.0, 0.5])
        season = [1 + 0.5 * math.sin(day / 58) for day in range(364)]
        ordinary = dice.negative_binomial(20, 20 / (20 + mean * np.tile(week, 52) * season))
        assert found([int(number) for number in ordinary]) == []
