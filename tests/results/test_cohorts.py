"""Whose visitors count where a goal has a window: whole days', once it is over for all of them."""

from datetime import date, timedelta

import numpy as np
import pytest

from app.results.days import cohorts
from app.results.days.cohorts import Cohort
from tests.results.test_sequential import Counts, Looks, Truths, share_that_ever

FIRST = date(2026, 3, 2)
WINDOW = 7
COUNTED, INSIDE, CUT = Cohort.COUNTED, Cohort.INSIDE, Cohort.CUT


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def of(number: int, *, stops: tuple[int, ...] = (), today: int = 99) -> Cohort:
    """Return what is of the visitors of a day, with a window of seven days."""
    found = cohorts.of([day(number)], WINDOW, [day(each) for each in stops], day(today))
    return found[day(number)]


@pytest.mark.parametrize(("today", "cohort"), [(0, INSIDE), (7, INSIDE), (8, COUNTED)])
def test_a_day_counts_from_the_day_after_the_last_of_its_window(today: int, cohort: Cohort) -> None:
    assert of(0, today=today) is cohort


@pytest.mark.parametrize(
    ("stop", "cohort"), [(-1, COUNTED), (0, CUT), (7, CUT), (8, COUNTED)], ids=str
)
def test_a_stop_within_the_window_cuts_the_day_off(stop: int, cohort: Cohort) -> None:
    assert of(0, stops=(stop,)) is cohort


def test_what_is_cut_off_is_not_waited_for() -> None:
    assert of(0, stops=(3,), today=4) is CUT


def test_without_a_window_all_count_at_once() -> None:
    days = [day(0), day(1)]
    assert cohorts.of(days, None, days, day(1)) == {day(0): COUNTED, day(1): COUNTED}


VISITORS, DAYS, RATE, RUNS = 400, 28, 0.06, 1_000
LATE, SOON = [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2], [0.7, 0.2, 0.1]


def reached(dice: np.random.Generator, delays: list[float]) -> Counts:
    """Conversions of each run by the day of its visitor and the days until it happened."""
    buyers = dice.binomial(VISITORS, RATE, (RUNS, DAYS))
    return dice.multinomial(buyers, delays)


def looked_at(conversions: Counts, counts: Truths, today: int) -> Counts:
    """The conversions that a look sees, of those days that count."""
    happened = np.arange(DAYS)[:, None] + np.arange(conversions.shape[-1]) <= today
    return (conversions * (happened & counts[:, None])).sum(axis=(1, 2))


def looks(*arms: Counts, window: int | None) -> Looks:
    """Daily looks at a control and a variant."""
    days, estimates, radii, settled = [day(each) for each in range(DAYS)], [], [], []
    for today in range(DAYS):
        found = cohorts.of(days[: today + 1], window, (), day(today))
        counts = np.array([found.get(each) is COUNTED for each in days])
        first, second = (looked_at(arm, counts, today) for arm in arms)
        visitors = VISITORS * counts.sum()
        settled.append(np.minimum(first, second) >= 30)
        first, second = np.maximum(first, 1), np.maximum(second, 1)
        variance = 1 / first + 1 / second - 2 / max(visitors, 2)
        mixed = variance + 0.15**2
        threshold = np.log1p(np.sqrt(mixed / variance) / (2 * 0.05))
        estimates.append(np.log(second / first))
        radii.append(np.sqrt(2 * variance * mixed / 0.15**2 * threshold))
    estimate, radius = np.array(estimates).T, np.array(radii).T
    return Looks(np.array(settled).T, estimate - radius, estimate + radius)


def test_a_variant_that_only_makes_people_buy_sooner_wins_in_at_most_five_percent() -> None:
    dice = np.random.default_rng(9)
    late, soon = reached(dice, LATE), reached(dice, SOON)
    whole, all_so_far = (looks(late, soon, window=window) for window in (6, None))
    assert share_that_ever(whole.above(0)) <= 0.05
    assert share_that_ever(whole.settled) == 1
    assert share_that_ever(all_so_far.above(0)) > 0.5
