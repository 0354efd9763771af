"""The course of a run's traffic: what share of all visitors took part, and from when on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.models import TrafficRise
from app.results.days.period import Course, Period


class Stretch(NamedTuple):
    """A share of all visitors, in basis points, and from when until when it took part.

    `until` is None of the one that it is now.
    """

    traffic_allocation: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Ramp:
    """The rises of a run's traffic, the first one first; none of most runs."""

    rises: Sequence[TrafficRise] = ()

    def stretches(self, opened_at: datetime, present: int) -> tuple[Stretch, ...]:
        """Return the stretches of a run that was opened then, and has so much traffic now."""
        moments = [opened_at, *(rise.at for rise in self.rises)]
        shares = [*(rise.before for rise in self.rises), present]
        ends = [*moments[1:], None]
        return tuple(Stretch(*each) for each in zip(shares, moments, ends, strict=True))

    def share_on(self, day: date) -> float:
        """Return the traffic of a day, to compare with that of others: 1 where it never rose.

        Of a day on which it rose, what it was afterwards.
        """
        later = (rise.before for rise in self.rises if rise.day > day)
        return next(later, self.rises[-1].after if self.rises else 1)

    def time_at_present(
        self, course: Course, periods: Sequence[Period], moment: datetime
    ) -> timedelta | None:
        """Return how long it would have taken at the present traffic to be seen by as many.

        Of the time in which it was running in these periods; None where traffic never rose.
        """
        if not self.rises:
            return None
        present, total, seen = self.rises[-1].after, timedelta(), timedelta()
        for rise in self.rises:
            until = course.time_running(periods, rise.at)
            total += (until - seen) * (rise.before / present)
            seen = until
        return total + course.time_running(periods, moment) - seen
