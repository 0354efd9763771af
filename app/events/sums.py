"""Sums: goals for which every event of a unit counts, once for each id that it has.

A unit's row at the goal is locked before its event ids are looked at, and kept until the end: of
two processes that get the same event at the same moment, the second finds its id.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.database import batches
from app.events import day_counts
from app.events.day_counts import Cell, More
from app.events.records import FirstSeen, GoalUnit, JudgedConversion, RunUnit
from app.models import Conversion, GoalEvent, table_of
from app.serving.terms import Terms, TermsOfRuns


class Claim(NamedTuple):
    """An event of a unit at a goal, told from all others by the hash of its id.

    One that has no id is told from the others that come with it by its number.
    """

    goal_unit: GoalUnit
    which: str | int


class _Sum(NamedTuple):
    """What a unit has done at a goal: how often, and the sum of what that was worth."""

    events: int
    value: float

    def plus(self, conversion: JudgedConversion) -> "_Sum":
        return _Sum(self.events + 1, self.value + (conversion.value or 0.0))


def add(
    session: Session,
    done: Mapping[Claim, JudgedConversion],
    terms: TermsOfRuns,
    seen: Mapping[RunUnit, FirstSeen],
    moment: datetime,
) -> set[Claim]:
    """Add what units did to their sums, and what they count for to their days.

    Every unit is among those `seen`. Returns what was added: all but what had been there before.
    """
    if not done:
        return set()
    before = _locked(session, done)
    added = _let_in(session, done)
    after = dict(before)
    for claim in done:
        if claim in added:
            after[claim.goal_unit] = after[claim.goal_unit].plus(done[claim])
    changed = {goal_unit for goal_unit in after if after[goal_unit] != before[goal_unit]}
    _write(session, {goal_unit: after[goal_unit] for goal_unit in changed})
    cells: defaultdict[Cell, More] = defaultdict(More)
    for goal_unit in changed:
        position, day = seen[goal_unit.run_unit]
        cell = Cell(goal_unit.run_id, day, goal_unit.goal_id, position)
        its_terms = terms[goal_unit.run_id].goals[goal_unit.goal_id]
        cells[cell] = cells[cell].plus(_more(its_terms, before[goal_unit], after[goal_unit]))
    day_counts.add(session, cells, moment)
    return added


def _locked(session: Session, done: Mapping[Claim, JudgedConversion]) -> dict[GoalUnit, _Sum]:
    """Lock the rows of the units at their goals, made where there are none, and return the sums."""
    units = sorted({claim.goal_unit for claim in done})
    rows = [{**each._asdict(), "value": 0.0, "events": 0} for each in units]
    held = batches.let_in_or_lock(session, table_of(Conversion), rows)
    return {
        GoalUnit(row.run_id, row.goal_id, row.unit): _Sum(row.events, row.value or 0.0)
        for row in held
    }


def _let_in(session: Session, done: Mapping[Claim, JudgedConversion]) -> set[Claim]:
    """Keep the ids of events that have one, and return what counts: what is new, or has none."""
    rows = [
        {**goal_unit._asdict(), "event_id": event_id}
        for goal_unit, event_id in sorted(claim for claim in done if isinstance(claim.which, str))
    ]
    new = batches.let_in(session, table_of(GoalEvent), rows)
    return {Claim(GoalUnit(row.run_id, row.goal_id, row.unit), row.event_id) for row in new} | {
        claim for claim in done if not isinstance(claim.which, str)
    }


def _write(session: Session, sums: Mapping[GoalUnit, _Sum]) -> None:
    rows = [{**goal_unit._asdict(), **sums[goal_unit]._asdict()} for goal_unit in sorted(sums)]
    batches.put(session, table_of(Conversion), rows)


def _more(terms: Terms, before: _Sum, after: _Sum) -> More:
    """Return by how much a unit whose sum was `before` adds to its day with the one `after`."""
    old, new = terms.measured(*before), terms.measured(*after)
    return More(
        conversions=int(before.events == 0),
        total_value=after.value - before.value,
        events=after.events - before.events,
        measured=new - old,
        squares=new * new - old * old,
    )
