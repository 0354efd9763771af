"""Counts of days: what the units of a day did for a goal, added up as it is recorded.

Each writer goes through the cells in the order of their keys, so that no two wait for each other.
"""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.database import batches
from app.models import DailyConversions, table_of


class Cell(NamedTuple):
    """The units of a variant of a run that were first exposed on a day, at a goal."""

    run_id: int
    day: date
    goal_id: int
    position: int


class More(NamedTuple):
    """What is added to a cell; `conversions` are units that had not reached the goal before."""

    conversions: int = 0
    total_value: float = 0.0
    events: int = 0
    measured: float = 0.0
    squares: float = 0.0

    def plus(self, other: "More") -> "More":
        """Return both together."""
        return More(
            self.conversions + other.conversions,
            self.total_value + other.total_value,
            self.events + other.events,
            self.measured + other.measured,
            self.squares + other.squares,
        )


def add(session: Session, cells: Mapping[Cell, More], moment: datetime) -> None:
    """Add to the cells what has come by `moment`."""
    rows = [
        {**cell._asdict(), **more._asdict(), "last_at": moment}
        for cell, more in sorted(cells.items())
    ]
    # A cell is made by the first conversion; what only adds to it finds it there.
    for is_new, some in groupby(rows, lambda row: row["conversions"] > 0):
        put = batches.add_up if is_new else batches.add_to
        put(session, table_of(DailyConversions), list(some), More._fields)
