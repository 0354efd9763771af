"""Which days' visitors count for a goal with a window.

The visitors of a day are a cohort: they count once all of them have had the whole window, and
nothing of it was lost. Else a variant that makes people buy sooner would seem to make more buy.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum

from app.experiments import windows


class Cohort(StrEnum):
    """A day's visitors at a goal; stable, for programs."""

    COUNTED = "counted"
    INSIDE = "within_window"
    CUT = "cut"


Cohorts = Mapping[date, Cohort]


def of(
    days: Sequence[date], window_days: int | None, stops: Collection[date], today: date
) -> Cohorts:
    """Return what is of each day's visitors; all count where there is no window.

    `stops` are the days on which the run stopped being live: from then on nothing is recorded, and
    who was still within their window is cut short.
    """
    if window_days is None:
        return dict.fromkeys(days, Cohort.COUNTED)
    return {day: _of_day(day, windows.last_day(day, window_days), stops, today) for day in days}


def _of_day(first: date, last: date, stops: Collection[date], today: date) -> Cohort:
    """Return what is of the visitors whose window begins on `first` and ends with `last`."""
    if any(first <= stop <= last for stop in stops):
        return Cohort.CUT
    return Cohort.COUNTED if last < today else Cohort.INSIDE


def days_of(cohorts: Cohorts, which: Cohort) -> frozenset[date]:
    """Return the days whose visitors are this."""
    return frozenset(day for day, cohort in cohorts.items() if cohort is which)
