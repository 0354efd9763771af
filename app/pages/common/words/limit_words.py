"""Words for a limit that an admin has given a project until a moment."""

from app.database.rows.plan_limits import Override
from app.lifecycle import Slots
from app.pages.common.time_zones import by_the_clock


def limit(number: int | None) -> str:
    """Return a limit as a number, or as that there is none."""
    return "no limit" if number is None else str(number)


def until(override: Override) -> str:
    """Return until when it holds, and what holds then: "until 3 Mar 2027, 09:00, then 2"."""
    return f"until {by_the_clock(override.until)}, then {limit(override.after)}"


def overridden(slots: Slots | None) -> str:
    """Return the limit with its end: "6 until 3 Mar 2027, 09:00, then 2"; "" without one."""
    if slots is None or slots.override is None:
        return ""
    return f"{limit(slots.limit)} {until(slots.override)}"
