"""Moments as the JSON doors write them."""

from datetime import datetime


def written(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC to the millisecond, as 2026-01-15T10:30:00.000Z; None stays None."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
