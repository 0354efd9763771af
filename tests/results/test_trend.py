"""How rates went, day by day, with their intervals."""

from datetime import date

import pytest
from scipy.stats import binomtest

from app.results.counts import Counts, DayCount
from app.results.statistics.arms import Arm
from app.results.trend import rate_interval, trends
from tests.results.found import TARGET, sides

DAYS = [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]


@pytest.mark.parametrize(
    ("visitors", "conversions"), [(1500, 120), (10, 0), (10, 10), (1, 1), (7, 3)]
)
def test_the_interval_of_a_rate_is_wilsons(visitors: int, conversions: int) -> None:
    known = binomtest(conversions, visitors).proportion_ci(method="wilson")
    interval = rate_interval(Arm(visitors, conversions))
    assert interval
    assert (interval.low, interval.high) == pytest.approx((known.low, known.high), abs=1e-12)


def test_an_interval_stays_within_nothing_and_everything() -> None:
    for visitors in range(1, 200):
        none, everybody = (rate_interval(Arm(visitors, each)) for each in (0, visitors))
        assert none
        assert everybody
        assert none.low >= 0
        assert everybody.high <= 1


def test_no_visitors_have_no_rate() -> None:
    assert rate_interval(Arm(0, 0)) is None


def test_each_day_counts_all_visitors_up_to_its_end() -> None:
    counts = Counts(
        [
            DayCount(DAYS[0], 0, None, 10, 0.0),
            DayCount(DAYS[2], 0, None, 5, 0.0),
            DayCount(DAYS[0], 0, 1, 1, 0.0),
            DayCount(DAYS[2], 0, 1, 2, 0.0),
            DayCount(DAYS[1], 1, None, 4, 0.0),
        ]
    )
    control, treatment = trends(counts, sides(2), TARGET, DAYS)
    assert [point.arm for point in control.points] == [Arm(10, 1), Arm(10, 1), Arm(15, 3)]
    assert [point.arm for point in treatment.points] == [Arm(0, 0), Arm(4, 0), Arm(4, 0)]
    assert treatment.points[0].interval is None
