"""Terms: what of a visitor's doings a run counts, on which day, and how much of it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.core import days
from app.experiments import windows
from app.models import Goal, GoalKind, Run, RunGoal


class Terms(NamedTuple):
    """The kind of a goal, the days in which it may be reached, and the most that one unit counts.

    Without `window_days` it may be as long as the run is live; without a `cap` all of it counts.
    """

    kind: GoalKind = GoalKind.CONVERSION
    window_days: int | None = None
    cap: float | None = None

    @property
    def adds_up(self) -> bool:
        """Return whether every event of a unit counts, and not the first alone."""
        return self.kind.sums_up

    def is_over(self, seen_on: date, day: date) -> bool:
        """Return whether on that day a unit, first exposed on `seen_on`, has had its time."""
        return self.window_days is not None and day > windows.last_day(seen_on, self.window_days)

    def measured(self, events: int, value: float) -> float:
        """Return what a unit counts for that has had so many events, worth `value` together."""
        measured = float(events) if self.kind is GoalKind.COUNT else value
        return measured if self.cap is None else max(-self.cap, min(self.cap, measured))


class RunTerms(NamedTuple):
    """The terms of a run: when its days begin, and those of its goals, by their ids."""

    time_zone: str
    goals: Mapping[int, Terms]

    def day(self, moment: datetime) -> date:
        """Return the day of the run at a moment."""
        return days.day_of(moment, self.time_zone)


TermsOfRuns = Mapping[int, RunTerms]
"""By the ids of the runs."""


def read(session: Session, run_ids: Iterable[int]) -> dict[int, RunTerms]:
    """Return the terms of each of the runs."""
    statement = (
        select(Run.id, Run.time_zone, Goal.id, Goal.kind, Goal.window_days, RunGoal.cap)
        .outerjoin_from(Run, RunGoal, RunGoal.run_id == Run.id)
        .outerjoin(Goal, Goal.id == RunGoal.goal_id)
        .where(Run.id.in_(set(run_ids)))
        .order_by(Run.id)
    )
    of_runs = groupby(session.execute(statement), key=lambda row: (row[0], row[1]))
    return {run_id: RunTerms(zone, _of_goals(rows)) for (run_id, zone), rows in of_runs}


def _of_goals(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, Terms]:
    """Return the terms of a run's goals; one row without a goal where it has none."""
    return {goal_id: Terms(*terms) for _, _, goal_id, *terms in rows if goal_id is not None}
