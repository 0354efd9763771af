"""The counts of a run by day, and what they sum up to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from app.results.arms import Arm

# Sums of fractions differ from what they mean in the last binary digits.
VALUE_DECIMALS = 6


class Cell(NamedTuple):
    """A day of one variant: its visitors, or the conversions of a goal where `goal_id` is one.

    `total_value` is the sum of the conversions' values.
    """

    day: date
    position: int
    goal_id: int | None
    number: int
    total_value: float


class Counts:
    """Visitors and conversions by day, variant and goal; a day without any has no cell."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._days: defaultdict[tuple[int, int | None], dict[date, Cell]] = defaultdict(dict)
        for cell in cells:
            rounded = cell._replace(total_value=round(cell.total_value, VALUE_DECIMALS))
            self._days[cell.position, cell.goal_id][cell.day] = rounded

    def visitors(self, position: int) -> int:
        """Return the variant's visitors on all days."""
        return sum(cell.number for cell in self._of(position).values())

    def arm(self, position: int, goal_id: int) -> Arm:
        """Return the variant's visitors and conversions on all days."""
        conversions = sum(cell.number for cell in self._of(position, goal_id).values())
        return Arm(self.visitors(position), conversions)

    def total_value(self, position: int, goal_id: int) -> float:
        """Return what the variant's conversions on all days were worth."""
        total = sum(cell.total_value for cell in self._of(position, goal_id).values())
        return round(total, VALUE_DECIMALS)

    def day(self, day: date, position: int, goal_id: int | None = None) -> Cell:
        """Return the cell of one day, of nothing where nobody came."""
        return self._of(position, goal_id).get(day) or Cell(day, position, goal_id, 0, 0.0)

    def cumulative(self, position: int, goal_id: int, days: Sequence[date]) -> list[Arm]:
        """Return the variant's arm at the end of each of these days, counted from the first."""
        visitors = accumulate(self.day(day, position).number for day in days)
        conversions = accumulate(self.day(day, position, goal_id).number for day in days)
        return [Arm(*both) for both in zip(visitors, conversions, strict=True)]

    def _of(self, position: int, goal_id: int | None = None) -> dict[date, Cell]:
        return self._days.get((position, goal_id), {})
