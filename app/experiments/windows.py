"""Windows of goals: the days in which what a visitor does counts, the first and so many more."""

from datetime import date, timedelta


def last_day(first: date, window_days: int) -> date:
    """Return the last day that counts of those who came on the `first` one."""
    return first + timedelta(days=window_days)


def first_open(today: date, window_days: int) -> date:
    """Return the first day whose visitors are still within their window today."""
    return today - timedelta(days=window_days)
