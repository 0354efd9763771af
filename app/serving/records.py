"""Records of what visitors saw and did: each once, and added to its day's count as it is let in.

Two processes may get the same events at the same moment. The primary keys let one of each in, and
only what was let in is counted. All write in the same order, so that no two wait for each other.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Conversion, DailyConversions, DailyVisitors, Exposure, table_of

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Sight(NamedTuple):
    """A unit, by its hash, in a run."""

    run_id: int
    unit: bytes


class Seen(NamedTuple):
    """What an exposed unit saw, and on which day first."""

    position: int
    day: date


class Reached(NamedTuple):
    """A unit at a goal of a run."""

    run_id: int
    goal_id: int
    unit: bytes

    @property
    def sight(self) -> Sight:
        """The unit in the run."""
        return Sight(self.run_id, self.unit)


_exposure = table_of(Exposure).c
_seen = select(_exposure.unit, _exposure.position, _exposure.day).where(
    _exposure.run_id == bindparam("run"),
    _exposure.unit.in_(bindparam("units", expanding=True)),
)


def expose(session: Session, positions: Mapping[Sight, int], moment: datetime) -> None:
    """Record which position each unit saw, unless it has been exposed in the run before."""
    day = moment.date()
    rows = [
        {"run_id": sight.run_id, "unit": sight.unit, "position": position, "day": day}
        for sight, position in sorted(positions.items())
    ]
    new = _let_in(session, table_of(Exposure), rows)
    visitors = Counter((each["run_id"], day, each["position"]) for each in new)
    _add_up(
        session,
        table_of(DailyVisitors),
        [
            {"run_id": run_id, "day": day, "position": position, "visitors": count}
            for (run_id, day, position), count in sorted(visitors.items())
        ],
        moment,
    )


def exposures(session: Session, sights: Iterable[Sight]) -> dict[Sight, Seen]:
    """What those of the units have seen that have been exposed."""
    by_run: defaultdict[int, list[bytes]] = defaultdict(list)
    for sight in sights:
        by_run[sight.run_id].append(sight.unit)
    return {
        Sight(run_id, unit): Seen(position, day)
        for run_id, hashes in by_run.items()
        for unit, position, day in session.execute(_seen, {"run": run_id, "units": hashes})
    }


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
    counts: Counter[tuple[int, int, date, int]] = Counter()
    totals: defaultdict[tuple[int, int, date, int], float] = defaultdict(float)
    for row in _let_in(session, table_of(Conversion), rows):
        position, day = seen[Sight(row["run_id"], row["unit"])]
        cell = (row["run_id"], row["goal_id"], day, position)
        counts[cell] += 1
        totals[cell] += row["value"] or 0.0
    _add_up(
        session,
        table_of(DailyConversions),
        [
            {
                **dict(zip(("run_id", "goal_id", "day", "position"), cell, strict=True)),
                "conversions": counts[cell],
                "total_value": totals[cell],
            }
            for cell in sorted(counts)
        ],
        moment,
    )


def _let_in(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Insert the rows whose primary keys are new, and give those."""
    if not rows:
        return []
    names = [column.name for column in table.primary_key]
    statement = _insert(session, table).on_conflict_do_nothing().returning(*table.primary_key)
    new = {tuple(key) for key in session.execute(statement, rows)}
    return [row for row in rows if tuple(row[name] for name in names) in new]


def _add_up(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], moment: datetime
) -> None:
    """Add the rows' numbers to those of the same cell, which begins at nothing."""
    if not rows:
        return
    keys = {column.name for column in table.primary_key}
    statement = _insert(session, table)
    added = {name: table.c[name] + statement.excluded[name] for name in rows[0] if name not in keys}
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={**added, "last_at": moment}
    )
    session.execute(statement, [{**row, "last_at": moment} for row in rows])


def _insert(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    return _INSERTS[session.get_bind().dialect.name](table)
