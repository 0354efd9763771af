"""Moments as programs read them."""

from datetime import datetime


def iso(moment: datetime) -> str:
    """Return a moment by ISO 8601 in UTC to the millisecond, as 2026-01-15T10:30:00.000Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
