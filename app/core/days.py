"""Days by a time zone, and the zones that there are, by their names in the IANA database."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.core.errors import InvalidInput


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all zones that are the same everywhere."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def day_of(moment: datetime, zone: str) -> date:
    """Return the day that a calendar shows in the zone at that moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """Return the moment, in UTC, at which a day begins in the zone."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def checked_zone(name: str) -> str:
    """Return the name of a zone; InvalidInput for one that is none."""
    zone = name.strip()
    if zone not in known_zones():
        raise InvalidInput(f"“{zone[:80]}” is no time zone: give it as Europe/Berlin.", "time_zone")
    return zone
