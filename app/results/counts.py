"""The counts of a run by day, and what they sum up to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import reduce
from itertools import accumulate
from typing import NamedTuple

from app.results.statistics.arms import Arm, SummedArm

# Sums of fractions differ from what they mean in the last binary digits.
VALUE_DECIMALS = 6


class DayCount(NamedTuple):
    """A day of one variant: its visitors, or the conversions of a goal where `goal_id` is one.

    `total_value` is the sum of the conversions' values, `events` how often the goal was reached. Of
    a goal that sums up, `measured` is the sum of what the visitors count for, and `squares` that of
    its squares.
    """

    day: date
    position: int
    goal_id: int | None
    number: int
    total_value: float
    events: int = 0
    measured: float = 0.0
    squares: float = 0.0


_NOTHING = DayCount(date.min, 0, None, 0, 0.0)


class Counts:
    """Visitors and conversions by day, variant and goal; a day without any has no cell."""

    def __init__(self, cells: Iterable[DayCount]) -> None:
        self._days: defaultdict[tuple[int, int | None], dict[date, DayCount]] = defaultdict(dict)
        for cell in cells:
            rounded = cell._replace(
                total_value=round(cell.total_value, VALUE_DECIMALS),
                measured=round(cell.measured, VALUE_DECIMALS),
                squares=round(cell.squares, VALUE_DECIMALS),
            )
            self._days[cell.position, cell.goal_id][cell.day] = rounded

    def on(self, days: Collection[date]) -> "Counts":
        """Return what of this was counted on these days."""
        cells = (cell for by_day in self._days.values() for cell in by_day.values())
        return Counts(cell for cell in cells if cell.day in days)

    def visitors(self, position: int) -> int:
        """Return the variant's visitors on all days."""
        return sum(cell.number for cell in self._of(position).values())

    def arm(self, position: int, goal_id: int, *, sums_up: bool = False) -> Arm:
        """Return what the variant's visitors did on all days, for a goal that `sums_up` or not."""
        cells = self._of(position, goal_id).values()
        return _arm(self.visitors(position), reduce(_both, cells, _NOTHING), sums_up=sums_up)

    def events(self, position: int, goal_id: int) -> int:
        """Return how often the variant's visitors reached the goal on all days."""
        return sum(cell.events for cell in self._of(position, goal_id).values())

    def total_value(self, position: int, goal_id: int) -> float:
        """Return what the variant's conversions on all days were worth."""
        total = sum(cell.total_value for cell in self._of(position, goal_id).values())
        return round(total, VALUE_DECIMALS)

    def day(self, day: date, position: int, goal_id: int | None = None) -> DayCount:
        """Return the cell of one day, of nothing where nobody came."""
        return self._of(position, goal_id).get(day) or DayCount(day, position, goal_id, 0, 0.0)

    def cumulative(
        self, position: int, goal_id: int, days: Sequence[date], *, sums_up: bool = False
    ) -> list[Arm]:
        """Return the variant's arm at the end of each of these days, counted from the first."""
        visitors = accumulate(self.day(day, position).number for day in days)
        cells = accumulate((self.day(day, position, goal_id) for day in days), _both)
        return [_arm(*each, sums_up=sums_up) for each in zip(visitors, cells, strict=True)]

    def _of(self, position: int, goal_id: int | None = None) -> dict[date, DayCount]:
        return self._days.get((position, goal_id), {})


def _both(first: DayCount, second: DayCount) -> DayCount:
    """Return the sum of two cells, as one of the second's day."""
    return second._replace(
        number=first.number + second.number,
        total_value=first.total_value + second.total_value,
        events=first.events + second.events,
        measured=first.measured + second.measured,
        squares=first.squares + second.squares,
    )


def _arm(visitors: int, cell: DayCount, *, sums_up: bool) -> Arm:
    if not sums_up:
        return Arm(visitors, cell.number)
    measured, squares = (round(each, VALUE_DECIMALS) for each in (cell.measured, cell.squares))
    return SummedArm(visitors, cell.number, measured, squares)
