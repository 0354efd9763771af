"""Reading of many experiments' last runs at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, select

from app.database.engine import db
from app.models import Goal, GoalRole, Run, RunGoal
from app.results.reading import Target, target_columns


class LastRun(NamedTuple):
    """The last run of an experiment that has opened, with its primary `goal`, if it has one."""

    id: int
    number: int
    opened_at: datetime
    time_zone: str
    is_current: bool
    goal: Target | None


_TARGET_FROM = 6
"""From which column on such a row has the goal."""


def read(test_ids: Sequence[int]) -> dict[int, LastRun]:
    """Return the last opened run of each experiment, by its test id."""
    is_primary = and_(RunGoal.run_id == Run.id, RunGoal.role == GoalRole.PRIMARY)
    statement = (
        select(Run.test_id, Run.id, Run.number, Run.opened_at, Run.time_zone, Run.is_current)
        .add_columns(*target_columns)
        .outerjoin(RunGoal, is_primary)
        .outerjoin(Goal, Goal.id == RunGoal.goal_id)
        .where(Run.test_id.in_(test_ids), Run.opened_at.is_not(None))
        .order_by(Run.number)
    )
    return {row.test_id: _last_run(row) for row in db.session.execute(statement)}


def _last_run(row: Row[*tuple[Any, ...]]) -> LastRun:
    run, goal = row[1:_TARGET_FROM], row[_TARGET_FROM:]
    return LastRun(*run, goal=Target(*goal) if goal[0] is not None else None)
