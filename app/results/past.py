"""What a project has seen of late: its visitors of a day, and the rate of a goal."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, distinct, exists, func, select

from app.core.days import day_of
from app.database.engine import db
from app.experiments import windows
from app.experiments.caps import LOOKED_BACK
from app.models import (
    WHOLE,
    DailyConversions,
    DailyVisitors,
    Experiment,
    Goal,
    Project,
    Run,
    RunGoal,
    TrafficRise,
    is_left_out,
    now,
)
from app.results.statistics.arms import SummedArm


@dataclass(frozen=True)
class Past:
    """A project's own numbers, None where there are none.

    `daily` are the visitors of a day that an experiment with all traffic would have, by the one
    that had most; `rate` is the share of those who saw the original and reached the goal. Of a goal
    that sums up, `spread` is the variance of what one of those counts for over the square of its
    mean. `window_days` is how long what they do counts.
    """

    daily: float | None
    rate: float | None
    spread: float | None = None
    window_days: int = 0
    sums_up: bool = False


def of(project_id: int, goal_key: str) -> Past:
    """Return what was seen in the last 28 whole days; of a window, that were over by now."""
    zone, goal = _zone_and_goal(project_id, goal_key)
    today = day_of(now(), zone)
    daily = _daily(project_id, today)
    if goal is None:
        return Past(daily, None)
    window = goal.window_days or 0
    seen = _seen(goal.id, windows.first_open(today, window))
    rate = seen.conversions / seen.visitors if seen.visitors and seen.conversions else None
    return Past(daily, rate, _spread(seen) if goal.sums_up else None, window, goal.sums_up)


_of_run = TrafficRise.run_id == DailyVisitors.run_id
_has_risen_on_day = exists().where(_of_run, TrafficRise.day == DailyVisitors.day)
_traffic_on_day = func.coalesce(
    select(TrafficRise.before)
    .where(_of_run, TrafficRise.day > DailyVisitors.day)
    .order_by(TrafficRise.at)
    .limit(1)
    .correlate(DailyVisitors)
    .scalar_subquery(),
    Run.traffic_allocation,
)


def _daily(project_id: int, today: date) -> float | None:
    of_days = (
        select(Run.id, DailyVisitors.day, DailyVisitors.visitors, _traffic_on_day.label("traffic"))
        .join_from(DailyVisitors, Run, Run.id == DailyVisitors.run_id)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .where(Experiment.project_id == project_id, ~_has_risen_on_day)
        .where(*_lately(DailyVisitors, today))
        .subquery()
    ).c
    statement = (
        select(func.sum(of_days.visitors), func.count(distinct(of_days.day)), of_days.traffic)
        .where(of_days.traffic > 0)
        .group_by(of_days.id, of_days.traffic)
    )
    seen = db.session.execute(statement).all()
    return max((visitors / days * WHOLE / part for visitors, days, part in seen), default=None)


def _zone_and_goal(project_id: int, key: str) -> tuple[str, Goal | None]:
    """Return the zone that the project's days begin by, and its goal of this key."""
    statement = (
        select(Project.time_zone, Goal)
        .outerjoin(Goal, and_(Goal.project_id == Project.id, Goal.key == key))
        .where(Project.id == project_id)
    )
    zone, goal = db.session.execute(statement).one()
    return zone, goal


def _spread(seen: SummedArm) -> float | None:
    return seen.spread if seen.visitors and seen.measured > 0 and seen.spread > 0 else None


def _seen(goal_id: int, end: date) -> SummedArm:
    """Return what those did who saw the original before the day of the `end`."""
    runs = select(RunGoal.run_id).where(RunGoal.goal_id == goal_id)
    visitors = select(func.sum(DailyVisitors.visitors)).where(
        DailyVisitors.run_id.in_(runs),
        DailyVisitors.position == 0,
        *_lately(DailyVisitors, end),
    )
    sums = select(
        func.sum(DailyConversions.conversions),
        func.sum(DailyConversions.measured),
        func.sum(DailyConversions.squares),
    ).where(
        DailyConversions.run_id.in_(runs),
        DailyConversions.goal_id == goal_id,
        DailyConversions.position == 0,
        *_lately(DailyConversions, end),
    )
    reached, measured, squares = db.session.execute(sums).one()
    # Read after the conversions: who converts has come before.
    return SummedArm(db.session.scalar(visitors) or 0, reached or 0, measured or 0, squares or 0)


def _lately(
    of_days: type[DailyVisitors | DailyConversions], end: date
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a day is one of the last before `end`, and is counted."""
    is_counted = ~is_left_out(of_days.run_id, of_days.day)
    return of_days.day >= end - LOOKED_BACK, of_days.day < end, is_counted
