"""Terms: what of a visitor's doings a run counts for a goal, and how much of it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Goal, GoalKind, RunGoal


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
        return self.window_days is not None and day > seen_on + timedelta(days=self.window_days)

    def measured(self, events: int, value: float) -> float:
        """Return what a unit counts for that has had so many events, worth `value` together."""
        measured = float(events) if self.kind is GoalKind.COUNT else value
        return measured if self.cap is None else max(-self.cap, min(self.cap, measured))


def read(session: Session, run_ids: Iterable[int]) -> dict[int, dict[int, Terms]]:
    """Return the terms of each of the runs, by the ids of its goals."""
    ids = set(run_ids)
    found: dict[int, dict[int, Terms]] = {run_id: {} for run_id in ids}
    statement = (
        select(RunGoal.run_id, RunGoal.goal_id, Goal.kind, Goal.window_days, RunGoal.cap)
        .join(Goal, Goal.id == RunGoal.goal_id)
        .where(RunGoal.run_id.in_(ids))
    )
    for run_id, goal_id, kind, window_days, cap in session.execute(statement):
        found[run_id][goal_id] = Terms(kind, window_days, cap)
    return found
