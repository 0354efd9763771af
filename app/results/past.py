"""What a project has seen of late: its visitors of a day, and the rate of a goal."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.database.engine import db
from app.models import (
    WHOLE,
    DailyConversions,
    DailyVisitors,
    Experiment,
    Goal,
    Run,
    RunGoal,
    now,
)

LOOKED_BACK = timedelta(days=28)


@dataclass(frozen=True)
class Past:
    """A project's own numbers, None where there are none.

    `daily` are the visitors of a day that an experiment with all traffic would have, by the one
    that had most; `rate` is the share of those who saw the original and reached the goal.
    """

    daily: float | None
    rate: float | None


def of(project_id: int, goal_key: str) -> Past:
    """Return what was seen in the last 28 whole days."""
    return Past(_daily(project_id), _rate(project_id, goal_key) if goal_key else None)


def _daily(project_id: int) -> float | None:
    statement = (
        select(
            func.sum(DailyVisitors.visitors),
            func.count(distinct(DailyVisitors.day)),
            Run.traffic_allocation,
        )
        .join_from(DailyVisitors, Run, Run.id == DailyVisitors.run_id)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .where(Experiment.project_id == project_id, *_lately(DailyVisitors.day))
        .where(Run.traffic_allocation > 0)
        .group_by(Run.id, Run.traffic_allocation)
    )
    seen = db.session.execute(statement).all()
    return max((visitors / days * WHOLE / part for visitors, days, part in seen), default=None)


def _rate(project_id: int, goal_key: str) -> float | None:
    runs = (
        select(RunGoal.run_id, RunGoal.goal_id)
        .join(Goal, Goal.id == RunGoal.goal_id)
        .where(Goal.project_id == project_id, Goal.key == goal_key)
        .subquery()
    )
    visitors = (
        select(func.sum(DailyVisitors.visitors))
        .join(runs, runs.c.run_id == DailyVisitors.run_id)
        .where(DailyVisitors.position == 0, *_lately(DailyVisitors.day))
    )
    conversions = (
        select(func.sum(DailyConversions.conversions))
        .join(
            runs,
            (runs.c.run_id == DailyConversions.run_id)
            & (runs.c.goal_id == DailyConversions.goal_id),
        )
        .where(DailyConversions.position == 0, *_lately(DailyConversions.day))
    )
    seen, reached = db.session.execute(
        select(visitors.scalar_subquery(), conversions.scalar_subquery())
    ).one()
    return reached / seen if seen and reached else None


def _lately(day: InstrumentedAttribute[date]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    today = now().date()
    return day >= today - LOOKED_BACK, day < today
