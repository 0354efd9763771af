"""When a run was running and paused, and which of its days are looked at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple, Protocol

from app.core import days
from app.core.errors import InvalidInput
from app.experiments.live_changes import Change
from app.lifecycle.apply import TAKEN_BACK_WITHIN
from app.models import Status

DAY = timedelta(days=1)
_WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class DayRange:
    """Days of a run, both included; None is as far as it goes."""

    first: date | None = None
    last: date | None = None

    @property
    def is_whole_run(self) -> bool:
        """Return whether no day was named."""
        return self.first is None and self.last is None


WHOLE_RUN = DayRange()


def asked(first: str, last: str, fields: tuple[str, str]) -> DayRange:
    """Return the days as a door was given them: YYYY-MM-DD each, "" where none was.

    Raises InvalidInput, with that one of the two `fields` that cannot be used.
    """
    days = DayRange(_day(first, fields[0]), _day(last, fields[1]))
    if days.first and days.last and days.last < days.first:
        raise InvalidInput("The last day is earlier than the first.", fields[1])
    return days


class Days(Protocol):
    """Days that are covered, or not."""

    def covers(self, day: date) -> bool:
        """Return whether a day is among them."""
        ...


@dataclass(frozen=True)
class Period:
    """Whole days, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return every day, in order."""
        return [self.first + DAY * number for number in range((self.last - self.first).days + 1)]

    def without(self, left_out: Sequence[Days]) -> list["Period"]:
        """Return the stretches of its days that are not left out."""
        stretches = groupby(self.days, lambda day: any(each.covers(day) for each in left_out))
        kept = [[*days] for is_out, days in stretches if not is_out]
        return [Period(days[0], days[-1]) for days in kept]


class Span(NamedTuple):
    """From one moment to another; it lasts while `ended_at` is None."""

    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Course:
    """The course of an opened run: the spans in which it was running, at least one, in order.

    Its days begin by `time_zone`. `is_paused` says that it is not over: it stands still, and goes
    on when it is resumed.
    """

    number: int
    time_zone: str
    running: tuple[Span, ...]
    is_paused: bool = False

    @property
    def opened_at(self) -> datetime:
        """Return when it was started."""
        return self.running[0].began_at

    @property
    def stopped_at(self) -> datetime | None:
        """Return when it was running last; None while it is."""
        return self.running[-1].ended_at

    @property
    def is_running(self) -> bool:
        """Return whether visitors are being split."""
        return self.stopped_at is None

    @property
    def pauses(self) -> tuple[Span, ...]:
        """Return when it stood still; how it ended is no pause."""
        gaps = [Span(a.ended_at, b.began_at) for a, b in pairwise(self.running) if a.ended_at]
        lasting = [Span(self.stopped_at, None)] if self.is_paused and self.stopped_at else []
        return (*gaps, *lasting)

    @property
    def stops(self) -> tuple[date, ...]:
        """Return the days on which it stopped running, for a while or for good.

        A pause that was taken back at once is none: hardly anything was lost.
        """
        gaps = ((a.ended_at, b.began_at) for a, b in pairwise(self.running) if a.ended_at)
        ends = [end for end, went_on in gaps if went_on - end > TAKEN_BACK_WITHIN]
        return tuple(map(self.day, [*ends, *([self.stopped_at] if self.stopped_at else [])]))

    def day(self, moment: datetime) -> date:
        """Return its day at a moment."""
        return days.day_of(moment, self.time_zone)

    def span_of(self, period: Period) -> tuple[datetime, datetime]:
        """Return the midnights at which the first of these days begins, and the last one ends."""
        midnights = (period.first, period.last + DAY)
        first, last = (days.midnight(day, self.time_zone) for day in midnights)
        return first, last

    def period(self, asked_for: DayRange, moment: datetime) -> Period | None:
        """Return the days from its start to its stop, or to `moment`, as far as they are asked for.

        None where it was open on none of those.
        """
        opened, stopped = self.day(self.opened_at), self.day(self.stopped_at or moment)
        first = max(asked_for.first or opened, opened)
        last = min(asked_for.last or stopped, stopped)
        return Period(first, last) if first <= last else None

    def time_running(self, periods: Sequence[Period], moment: datetime) -> timedelta:
        """Return for how long it was running in periods, until `moment`."""
        parts = (
            min(span.ended_at or moment, moment, ends) - max(span.began_at, begins)
            for span in self.running
            for begins, ends in map(self.span_of, periods)
        )
        return sum((part for part in parts if part > timedelta()), timedelta())


class Opened(NamedTuple):
    """A run that was opened: its number, when, and the zone that its days begin by."""

    number: int
    at: datetime
    time_zone: str


def course(run: Opened, changes: Sequence[Change], present: Status | None) -> Course:
    """Return the course of a run from the changes since it opened.

    `present` is the experiment's status if this is its current run, None for an earlier one.
    """
    running, began_at = [], run.at
    for change in changes:
        if change.is_start:
            began_at = change.at
        else:
            running.append(Span(began_at, change.at))
    if present is Status.RUNNING or not running:
        running.append(Span(began_at, None))
    return Course(run.number, run.time_zone, tuple(running), is_paused=present is Status.STOPPED)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        # Python would take 20260331 and 2026-W14-2 as well.
        return date.fromisoformat(text if _WRITTEN_DAY.fullmatch(text) else "")
    except ValueError:
        raise InvalidInput(f"{field} takes a day, written as 2026-03-31.", field) from None
