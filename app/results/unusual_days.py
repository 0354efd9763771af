"""Days on which so many visitors came that somebody has to look whether they are people.

A public key stands in every page, and whoever has it can send visitors that there are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from app.results.counts import Counts
from app.results.days.run_days import RunDays
from app.results.reading import Side

TIMES_THE_USUAL = 5
FEWEST_MORE = 300
"""So many more than usual: in small numbers chance alone does that."""
FEWEST_OTHERS = 3
"""So many other days tell what is usual."""


@dataclass(frozen=True)
class UnusualDay:
    """A day, its visitors, and how many are usual: as many as on the middle one of the others."""

    day: date
    visitors: int
    usual: int


def of(counts: Counts, sides: Sequence[Side], days: RunDays) -> tuple[UnusualDay, ...]:
    """Return the unusual days of a run among some of its days.

    The usual number is the median of the other days on which anybody came, each as if it had had
    the traffic of the day that is looked at. Today, which is not over, is none of them.
    """
    visitors = {
        day: sum(counts.day(day, side.position).number for side in sides) for day in days.days
    }
    return tuple(
        UnusualDay(day, number, usual)
        for day, number in visitors.items()
        if (usual := _usual(visitors, day, days)) is not None
        and number >= max(TIMES_THE_USUAL * usual, usual + FEWEST_MORE)
    )


def _usual(visitors: dict[date, int], of_day: date, days: RunDays) -> int | None:
    share = days.ramp.share_on
    others = [
        number * share(of_day) / share(day)
        for day, number in visitors.items()
        if number and share(day) and day not in {of_day, days.today}
    ]
    return round(median(others)) if len(others) >= FEWEST_OTHERS else None
