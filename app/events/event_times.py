"""The times that events carry: how late one may come, and how wrong its sender's clock may be."""

from datetime import UTC, datetime, timedelta

from app.events.events import Reason

DAYS_BACK = 7
LONGEST_DELAY = timedelta(days=DAYS_BACK)
MINUTES_AHEAD = 5
LARGEST_LEAD = timedelta(minutes=MINUTES_AHEAD)


def fault(time: datetime, moment: datetime) -> tuple[Reason, str] | None:
    """Return why an event of that time, which comes at `moment`, is dropped; None where it counts.

    It is not asked here whether anything ran at that time.
    """
    if time > moment + LARGEST_LEAD:
        return Reason.IN_FUTURE, f"Its time is more than {MINUTES_AHEAD} minutes ahead."
    if time < moment - LONGEST_DELAY:
        return Reason.TOO_OLD, f"Its time is more than {DAYS_BACK} days ago."
    return None


def counted_as(time: datetime, moment: datetime) -> datetime:
    """Return the time, in UTC, of an event that comes at `moment`: nothing comes before it was."""
    return min(time, moment).astimezone(UTC)
