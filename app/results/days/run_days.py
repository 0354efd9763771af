"""The days of a run that a result is of: which there are, and which of them count."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.models import Exclusion
from app.results.days.period import WHOLE_RUN, Course, DayRange, Period
from app.results.days.ramp import Ramp

NO_RISES = Ramp()
MOST_CHOICES = 10**250
"""More are as good as all: nothing can be called."""


@dataclass(frozen=True)
class RunDays:
    """The days of a run that a result is of, at a moment; before it has opened there are none.

    Of those that are `asked_for` the ones that are `left_out` do not count. `ramp` says how its
    traffic rose.
    """

    course: Course | None
    asked_for: DayRange
    left_out: Sequence[Exclusion]
    moment: datetime
    ramp: Ramp = NO_RISES

    @property
    def period(self) -> Period | None:
        """Return the days that are asked for, as far as the run was open; None for none of them."""
        return self.course.period(self.asked_for, self.moment) if self.course else None

    @property
    def days(self) -> Sequence[date]:
        """Return every day, in order, also those that are left out."""
        return self.period.days if self.period else ()

    @property
    def stops(self) -> Collection[date]:
        """Return the days on which the run stopped being live."""
        return self.course.stops if self.course else ()

    @property
    def today(self) -> date:
        """Return the day of the run at the moment."""
        return self.course.day(self.moment) if self.course else self.moment.date()

    @property
    def is_running(self) -> bool:
        """Return whether the run splits visitors now."""
        return self.course is not None and self.course.is_running

    @property
    def time_running(self) -> timedelta:
        """Return for how long it was running on the days that count."""
        if self.course is None or self.period is None:
            return timedelta()
        return self.course.time_running(self.period.without(self.left_out), self.moment)

    @property
    def ranges(self) -> int:
        """Return how many ranges of days could have been asked for; 1 where none was."""
        if self.course is None or self.asked_for.is_whole_run:
            return 1
        whole = self.course.period(WHOLE_RUN, self.moment)
        return math.comb(len(whole.days) + 1, 2) if whole else 1

    @property
    def time_at_present_traffic(self) -> timedelta | None:
        """Return what `time_running` would have been at the present traffic.

        None where traffic never rose.
        """
        if self.course is None or self.period is None:
            return None
        return self.ramp.time_at_present(
            self.course, self.period.without(self.left_out), self.moment
        )

    @property
    def choices(self) -> int:
        """Return how many ways there are to leave out as many of the days as are left out."""
        days = self.days
        number = sum(any(each.covers(day) for each in self.left_out) for day in days)
        return min(math.comb(len(days), number), MOST_CHOICES)
