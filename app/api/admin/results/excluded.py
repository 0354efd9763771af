"""The days that a result leaves out, or might, as the contract of names shows them."""

from typing_extensions import TypedDict

from app.api.admin.results.goals import Day
from app.api.moments import Written, written
from app.models import Exclusion
from app.results.unusual_days import UnusualDay


class ExclusionShown(TypedDict):
    """Days of a run that its result leaves out."""

    id: int
    """Its number, which counts them again."""
    first_day: Day | None
    """The first of them; null for the first of the run."""
    last_day: Day | None
    """The last of them; null for the last of the run."""
    reason: str
    """Why."""
    at: Written
    """Since when."""


def shown(exclusion: Exclusion) -> ExclusionShown:
    """Return days that are left out as they are sent."""
    first, last = exclusion.first_day, exclusion.last_day
    return {
        "id": exclusion.id,
        "first_day": first.isoformat() if first else None,
        "last_day": last.isoformat() if last else None,
        "reason": exclusion.reason,
        "at": written(exclusion.at),
    }


class UnusualDayShown(TypedDict):
    """A day with unusually many visitors."""

    day: Day
    """The day."""
    visitors: int
    """How many first came on it."""
    usual: int
    """As many as on the middle one of the other days."""


def unusual(day: UnusualDay) -> UnusualDayShown:
    """Return such a day as it is sent."""
    return {"day": day.day.isoformat(), "visitors": day.visitors, "usual": day.usual}
