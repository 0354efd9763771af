"""First exposures: which of the events that are recorded together exposes each unit first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.events.records import FirstSeen, JudgedExposure, RunUnit
from app.serving.terms import TermsOfRuns


class _First(NamedTuple):
    """The place at which an exposure comes among the events, what it says, and when it came."""

    place: int
    exposure: JudgedExposure
    came_at: datetime


@dataclass(frozen=True)
class FirstExposures:
    """The first exposure of each unit, of those that were taken in their order."""

    _found: dict[RunUnit, _First] = field(default_factory=dict)

    def take(self, place: int, exposure: JudgedExposure, came_at: datetime) -> None:
        """Take an exposure that comes at this place, unless the unit has been exposed before."""
        self._found.setdefault(exposure.run_unit, _First(place, exposure, came_at))

    def __contains__(self, run_unit: RunUnit) -> bool:
        """Return whether the unit is exposed."""
        return run_unit in self._found

    def is_early(self, place: int, run_unit: RunUnit) -> bool:
        """Return whether what comes at this place comes before what exposes the unit."""
        first = self._found.get(run_unit)
        return first is not None and place < first.place

    def said(self) -> tuple[JudgedExposure, ...]:
        """Return what the exposures say."""
        return tuple(first.exposure for first in self._found.values())

    def seen(self, terms: TermsOfRuns) -> dict[RunUnit, FirstSeen]:
        """Return what the units have seen first, each on the day of its run."""
        return {
            run_unit: exposure.on(terms[exposure.run_id].day(exposure.time or came_at))
            for run_unit, (_, exposure, came_at) in self._found.items()
        }
