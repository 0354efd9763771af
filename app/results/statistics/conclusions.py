"""What an interval concludes: it lies in a zone of improvements by which something is said."""

from collections.abc import Iterable
from math import inf, isfinite
from typing import NamedTuple

from app.results.statistics.arms import Interval
from app.results.statistics.planning import WORTH_FINDING


class Zone(NamedTuple):
    """The relative improvements between two, without these."""

    low: float
    high: float

    def holds(self, interval: Interval | None) -> bool:
        """Return whether all of an interval lies in it: that is concluded then."""
        if interval is None:
            return False
        is_above = interval.low > self.low or self.low == -inf
        return is_above and (interval.high < self.high or self.high == inf)

    def left_by(self, interval: Interval) -> Interval:
        """Return an interval, widened until it concludes this no more."""
        low = min(interval.low, self.low) if isfinite(self.low) else interval.low
        high = max(interval.high, self.high) if isfinite(self.high) else interval.high
        return Interval(low, high)


DIFFERENT = (Zone(0.0, inf), Zone(-inf, 0.0))
HARDLY_DIFFERENT = Zone(-WORTH_FINDING, WORTH_FINDING)


def without_new(
    interval: Interval, established: Interval | None, zones: Iterable[Zone]
) -> Interval:
    """Return an interval that concludes none of `zones` but those that are established."""
    for zone in zones:
        if zone.holds(interval) and not zone.holds(established):
            interval = zone.left_by(interval)
    return interval.within(established)
