"""The viewer's time zone: moments are kept in UTC, and asked for and shown by their clock.

The foot of every page names the zone, so that no moment on it has to.
"""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import request

from app.core.days import known_zones
from app.core.errors import InvalidInput
from app.models import now

COOKIE = "time_zone"
FORMAT = "%Y-%m-%dT%H:%M"
# Some browsers send seconds, which are none.
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:00(\.0{1,3})?)?")


def zone(name: str | None = None) -> ZoneInfo:
    """Return the zone of this name, by default the one that the viewer's browser has said.

    Else UTC.
    """
    asked = request.cookies.get(COOKIE, "") if name is None else name
    return ZoneInfo(asked if asked in known_zones() else "UTC")


def today() -> date:
    """Return the day that the viewer's calendar shows."""
    return now().astimezone(zone()).date()


def by_the_clock(moment: datetime, where: ZoneInfo | None = None) -> str:
    """Return a moment by the viewer's clock, or by that of another zone: "3 Jun 2026, 09:00"."""
    return f"{moment.astimezone(where or zone()):%-d %b %Y, %H:%M}"


def shown(moment: datetime, where: ZoneInfo) -> str:
    """Return a moment with its zone: "3 Jun 2026, 09:00 Europe/Berlin"."""
    return f"{by_the_clock(moment, where)} {where.key}"


def in_field(moment: datetime | None, where: ZoneInfo) -> str:
    """Return a moment as a field of type datetime-local holds it, "" for none."""
    return f"{moment.astimezone(where):{FORMAT}}" if moment else ""


def moment_of(text: str, zone_name: str, field: str) -> datetime | None:
    """Return the moment that somebody means by the text of such a field; None for "".

    It is by the clock of the zone of that name. Raises InvalidInput for what is no moment or no
    zone, and for a moment that the clocks skip there. Of one that they show twice, it is the first.
    """
    if not text.strip():
        return None
    where = _named(zone_name, field)
    try:
        local = _local(text.strip())
        moment = local.replace(tzinfo=where).astimezone(UTC)
        back = moment.astimezone(where).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise InvalidInput("Give a day and a time, as 2026-06-03 09:00.", field) from None
    if back != local:
        raise InvalidInput(
            f"There is no {local:%H:%M} in {where.key} on that day: the clocks go forward. "
            f"Take {back:%H:%M}.",
            field,
        )
    return moment


def _named(name: str, field: str) -> ZoneInfo:
    if name not in known_zones():
        raise InvalidInput("The time zone of this form is not known: open the page anew.", field)
    return ZoneInfo(name)


def _local(text: str) -> datetime:
    """Return what a field says without a zone. Raises ValueError for what says one, too."""
    if not _LOCAL.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)
