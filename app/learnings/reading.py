"""Reading of many experiments' last runs at once: a fixed number of statements, however many."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    Integer,
    Row,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    select,
    union_all,
)

from app.database.engine import db
from app.models import (
    Call,
    DailyConversions,
    DailyVisitors,
    Exclusion,
    Goal,
    GoalRole,
    History,
    Kind,
    Look,
    Run,
    RunGoal,
    Status,
    Variant,
    is_left_out,
)
from app.results.arms import Interval
from app.results.comparison import Established
from app.results.counts import Cell, Counts
from app.results.period import Change
from app.results.reading import EstablishedOf, Side, Target, target_columns


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


def last_runs(test_ids: Sequence[int]) -> dict[int, LastRun]:
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


def changes(test_ids: Sequence[int]) -> dict[int, list[Change]]:
    """Return when each experiment began to run and stopped to, in order; a swap may have paused it.

    By its test id.
    """
    begins = (History.to_status == Status.RUNNING).label("begins")
    ends = History.from_status == Status.RUNNING
    of_status = select(History.test_id, History.id, History.at, begins).where(
        History.test_id.in_(test_ids), History.kind == Kind.CHANGED, begins | ends
    )
    of_swap = select(History.paused_test_id, History.id, History.at, false()).where(
        History.paused_test_id.in_(test_ids)
    )
    rows = db.session.execute(union_all(of_status, of_swap)).all()
    found = defaultdict[int, list[Change]](list)
    for row in sorted(rows, key=itemgetter(1)):
        found[row[0]].append(Change(row[2], Status.RUNNING if row[3] else Status.STOPPED))
    return found


def sides(run_ids: Sequence[int]) -> dict[int, tuple[Side, ...]]:
    """Return the variants of each run, the control first, by its id."""
    statement = (
        select(Variant.run_id, Variant.position, Variant.key, Variant.name, Variant.weight)
        .where(Variant.run_id.in_(run_ids))
        .order_by(Variant.run_id, Variant.position)
    )
    rows = groupby(db.session.execute(statement), key=itemgetter(0))
    return {run_id: tuple(Side(*row[1:]) for row in variants) for run_id, variants in rows}


def counts(run_ids: Sequence[int]) -> dict[int, Counts]:
    """Return the visitors of each run, and what they did for its primary goal, by its id.

    One statement reads both: between two, others could be let in who convert.
    """
    came, done = DailyVisitors, DailyConversions
    nothing = (literal(0.0), literal(0), literal(0.0), literal(0.0))
    visitors = select(
        came.run_id, came.day, came.position, cast(null(), Integer), came.visitors, *nothing
    ).where(came.run_id.in_(run_ids), ~is_left_out(came.run_id, came.day))
    is_its = and_(RunGoal.run_id == done.run_id, RunGoal.goal_id == done.goal_id)
    conversions = (
        select(done.run_id, done.day, done.position, done.goal_id, done.conversions)
        .add_columns(done.total_value, done.events, done.measured, done.squares)
        .join(RunGoal, and_(is_its, RunGoal.role == GoalRole.PRIMARY))
        .where(done.run_id.in_(run_ids), ~is_left_out(done.run_id, done.day))
    )
    cells = defaultdict[int, list[Cell]](list)
    for row in db.session.execute(union_all(visitors, conversions)):
        cells[row[0]].append(Cell(*row[1:]))
    return {run_id: Counts(cells[run_id]) for run_id in run_ids}


def exclusions(run_ids: Sequence[int]) -> defaultdict[int, list[Exclusion]]:
    """Return the days that each run leaves out, by its id."""
    found = defaultdict[int, list[Exclusion]](list)
    for each in db.session.scalars(select(Exclusion).where(Exclusion.run_id.in_(run_ids))):
        found[each.run_id].append(each)
    return found


def established(run_ids: Sequence[int]) -> dict[int, EstablishedOf]:
    """Return what the kept looks at each run have established, by its id.

    Looks until the split was found broken, or other days were counted, do not count.
    """
    is_broken = exists().where(Call.run_id == Look.run_id, Call.ended_at >= Look.at)
    is_recounted = exists().where(Run.id == Look.run_id, Run.recounted_at >= Look.at)
    newest = (
        select(Look.run_id, func.max(Look.at).label("at"))
        .where(Look.run_id.in_(run_ids), ~is_broken, ~is_recounted)
        .group_by(Look.run_id)
        .subquery()
    )
    statement = select(
        Look.run_id, Look.goal_id, Look.position, Look.low, Look.high, Look.p_value
    ).join(newest, and_(newest.c.run_id == Look.run_id, newest.c.at == Look.at))
    found = defaultdict[int, dict[tuple[int, int], Established]](dict)
    for run_id, goal_id, position, low, high, p_value in db.session.execute(statement):
        found[run_id][goal_id, position] = Established(Interval(low, high), p_value)
    return {run_id: found[run_id] for run_id in run_ids}
