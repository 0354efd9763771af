"""Records of what visitors saw and did: each once, and added to its day's count as it is let in.

Two processes may get the same events at the same moment. The primary keys let one of each in, and
only what was let in is counted. All write in the same order, so that no two wait for each other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.database import batches
from app.events import day_counts, exposing
from app.events.day_counts import Cell, More
from app.models import Conversion, Exposure, table_of


class RunUnit(NamedTuple):
    """A unit, by its hash, in a run."""

    run_id: int
    unit: str


class FirstSeen(NamedTuple):
    """The variant that an exposed unit saw, and on which day first."""

    position: int
    day: date


class GoalUnit(NamedTuple):
    """A unit at a goal of a run."""

    run_id: int
    goal_id: int
    unit: str

    @property
    def run_unit(self) -> RunUnit:
        """Return the unit in the run."""
        return RunUnit(self.run_id, self.unit)


class JudgedExposure(NamedTuple):
    """What a unit saw in a run: the variant at a position; at `time`, or just now."""

    run_id: int
    unit: str
    position: int
    time: datetime | None = None

    @property
    def run_unit(self) -> RunUnit:
        """Return the unit in the run."""
        return RunUnit(self.run_id, self.unit)

    def on(self, day: date) -> FirstSeen:
        """Return what was seen, on this day."""
        return FirstSeen(self.position, day)


class JudgedConversion(NamedTuple):
    """What a unit did at a goal of a run; at `time`, or just now.

    `event_id` is the hash of the event's id, and "" where it has none.
    """

    run_id: int
    goal_id: int
    unit: str
    value: float | None = None
    time: datetime | None = None
    event_id: str = ""

    @property
    def goal_unit(self) -> GoalUnit:
        """Return the unit at the goal."""
        return GoalUnit(self.run_id, self.goal_id, self.unit)

    @property
    def run_unit(self) -> RunUnit:
        """Return the unit in the run."""
        return RunUnit(self.run_id, self.unit)


def expose(
    session: Session,
    seen: Mapping[RunUnit, FirstSeen],
    moment: datetime,
) -> None:
    """Record what each unit saw, as it has come by `moment`.

    Unless it has been exposed in the run before.
    """
    rows = [{**run_unit._asdict(), **what._asdict()} for run_unit, what in sorted(seen.items())]
    exposing.expose(session, rows, moment)


def exposures(session: Session, run_units: Iterable[RunUnit]) -> dict[RunUnit, FirstSeen]:
    """Return what those of the units have seen that have been exposed."""
    rows = [run_unit._asdict() for run_unit in run_units]
    found = batches.present(session, table_of(Exposure), rows)
    return {RunUnit(row.run_id, row.unit): FirstSeen(row.position, row.day) for row in found}


def hold(session: Session, run_units: Iterable[RunUnit]) -> None:
    """Have none of the units' exposures be deleted before the end of the transaction."""
    batches.hold(session, table_of(Exposure), [run_unit._asdict() for run_unit in run_units])


def convert(
    session: Session,
    values: Mapping[GoalUnit, float | None],
    seen: Mapping[RunUnit, FirstSeen],
    moment: datetime,
) -> set[GoalUnit]:
    """Record what each unit reached, unless it has reached it in the run before.

    Every unit is among those `seen`; the conversion is counted on the day it was seen. Returns what
    was recorded.
    """
    rows = [{**each._asdict(), "value": values[each], "events": 1} for each in sorted(values)]
    new = batches.let_in(session, table_of(Conversion), rows)
    counts: Counter[Cell] = Counter()
    totals: defaultdict[Cell, float] = defaultdict(float)
    for row in new:
        position, day = seen[RunUnit(row.run_id, row.unit)]
        cell = Cell(row.run_id, day, row.goal_id, position)
        counts[cell] += 1
        totals[cell] += row.value or 0.0
    cells = {cell: More(count, totals[cell], count) for cell, count in counts.items()}
    day_counts.add(session, cells, moment)
    return {GoalUnit(row.run_id, row.goal_id, row.unit) for row in new}
