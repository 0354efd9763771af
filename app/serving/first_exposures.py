"""First exposures: which of the events that are recorded together exposes each unit first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.serving.records import Saw, Seen, Sight
from app.serving.terms import TermsOfRuns


class _First(NamedTuple):
    """The place at which an exposure comes among the events, what it says, and when it came."""

    place: int
    saw: Saw
    came_at: datetime


@dataclass(frozen=True)
class FirstExposures:
    """The first exposure of each unit, of those that were taken in their order."""

    _found: dict[Sight, _First] = field(default_factory=dict)

    def take(self, place: int, saw: Saw, came_at: datetime) -> None:
        """Take an exposure that comes at this place, unless the unit has been exposed before."""
        self._found.setdefault(saw.sight, _First(place, saw, came_at))

    def __contains__(self, sight: Sight) -> bool:
        """Return whether the unit is exposed."""
        return sight in self._found

    def is_early(self, place: int, sight: Sight) -> bool:
        """Return whether what comes at this place comes before what exposes the unit."""
        first = self._found.get(sight)
        return first is not None and place < first.place

    def said(self) -> tuple[Saw, ...]:
        """Return what the exposures say."""
        return tuple(first.saw for first in self._found.values())

    def seen(self, terms: TermsOfRuns) -> dict[Sight, Seen]:
        """Return what the units have seen first, each on the day of its run."""
        return {
            sight: saw.on(terms[saw.run_id].day(saw.time or came_at))
            for sight, (_, saw, came_at) in self._found.items()
        }
