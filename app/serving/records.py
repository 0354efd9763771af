"""Records of what visitors saw and did: each once, and added to its day's count as it is let in.

Two processes may get the same events at the same moment. The primary keys let one of each in, and
only what was let in is counted. All write in the same order, so that no two wait for each other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.models import Conversion, DailyConversions, DailyVisitors, Exposure, table_of
from app.serving import batches


class Sight(NamedTuple):
    """A unit, by its hash, in a run."""

    run_id: int
    unit: str


class Seen(NamedTuple):
    """The variant that an exposed unit saw, and on which day first."""

    position: int
    day: date


class Reached(NamedTuple):
    """A unit at a goal of a run."""

    run_id: int
    goal_id: int
    unit: str

    @property
    def sight(self) -> Sight:
        """Return the unit in the run."""
        return Sight(self.run_id, self.unit)


def expose(session: Session, positions: Mapping[Sight, int], moment: datetime) -> None:
    """Record which position each unit saw, unless it has been exposed in the run before."""
    day = moment.date()
    rows = [
        {"run_id": sight.run_id, "unit": sight.unit, "position": position, "day": day}
        for sight, position in sorted(positions.items())
    ]
    new = batches.let_in(session, table_of(Exposure), rows)
    visitors = Counter((each.run_id, day, each.position) for each in new)
    cells = [
        {
            "run_id": run_id,
            "day": day,
            "position": position,
            "visitors": count,
            "last_at": moment,
        }
        for (run_id, day, position), count in sorted(visitors.items())
    ]
    batches.add_up(session, table_of(DailyVisitors), cells, ("visitors",))


def exposures(session: Session, sights: Iterable[Sight]) -> dict[Sight, Seen]:
    """Return what those of the units have seen that have been exposed."""
    rows = [sight._asdict() for sight in sights]
    found = batches.present(session, table_of(Exposure), rows)
    return {Sight(row.run_id, row.unit): Seen(row.position, row.day) for row in found}


def convert(
    session: Session,
    values: Mapping[Reached, float | None],
    seen: Mapping[Sight, Seen],
    moment: datetime,
) -> None:
    """Record what each unit reached, unless it has reached it in the run before.

    Every unit is among those `seen`; the conversion is counted on the day it was seen.
    """
    rows = [{**each._asdict(), "value": values[each]} for each in sorted(values)]
    counts: Counter[tuple[int, date, int, int]] = Counter()
    totals: defaultdict[tuple[int, date, int, int], float] = defaultdict(float)
    for row in batches.let_in(session, table_of(Conversion), rows):
        position, day = seen[Sight(row.run_id, row.unit)]
        cell = (row.run_id, day, row.goal_id, position)
        counts[cell] += 1
        totals[cell] += row.value or 0.0
    cells = [
        {
            **dict(zip(("run_id", "day", "goal_id", "position"), cell, strict=True)),
            "conversions": counts[cell],
            "total_value": totals[cell],
            "last_at": moment,
        }
        for cell in sorted(counts)
    ]
    batches.add_up(session, table_of(DailyConversions), cells, ("conversions", "total_value"))
