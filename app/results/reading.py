"""Reading of runs: a fixed number of statements for a result, or for those of many experiments.

They read the counts of days, never the visitors themselves.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload

from app.database.engine import db
from app.models import (
    LEFT_OUT,
    Call,
    CallKind,
    DailyConversions,
    DailyVisitors,
    Exclusion,
    Goal,
    GoalKind,
    GoalRole,
    History,
    Look,
    Run,
    RunGoal,
    Variant,
    Wanted,
    is_left_out,
)
from app.results.counts import Counts, DayCount
from app.results.days.period import WHOLE_RUN, DayRange
from app.results.statistics.arms import Interval
from app.results.statistics.comparison import Established


class Side(NamedTuple):
    """A variant of a run; `weight` is its intended share of the visitors, in basis points."""

    position: int
    key: str
    name: str
    weight: int

    @property
    def is_control(self) -> bool:
        """Return whether the others are compared with it."""
        return self.position == 0


class Target(NamedTuple):
    """A goal of a run."""

    id: int
    key: str
    name: str
    role: GoalRole
    wanted: Wanted
    margin: int
    """How much worse a guardrail may get and count as unharmed, in basis points."""
    kind: GoalKind = GoalKind.CONVERSION
    window_days: int | None = None
    currency: str | None = None
    cap: float | None = None
    """The most that one visitor counts for, of a goal that sums up."""

    @property
    def sums_up(self) -> bool:
        """Return whether what a visitor does is added up, and the means are compared."""
        return self.kind.sums_up


target_columns = (
    Goal.id,
    Goal.key,
    Goal.name,
    RunGoal.role,
    Goal.wanted,
    RunGoal.margin,
    Goal.kind,
    Goal.window_days,
    Goal.currency,
    RunGoal.cap,
)
"""What makes a target, in its order."""


class Called(NamedTuple):
    """What was called at a look, of the variant at a position; it stands until `ended_at`.

    It `is_of_other_days` where it ended because other days are counted since.
    """

    kind: CallKind
    position: int
    at: datetime
    ended_at: datetime | None
    is_of_other_days: bool = False

    @property
    def has_ended(self) -> bool:
        """Return whether it stands no more."""
        return self.ended_at is not None


def runs(test_id: int) -> Sequence[Run]:
    """Return all runs of an experiment with the rises of their traffic, the first one first."""
    statement = (
        select(Run)
        .where(Run.test_id == test_id)
        .options(joinedload(Run.rises))
        .order_by(Run.number)
    )
    return db.session.scalars(statement).unique().all()


def sides(run_ids: Sequence[int]) -> dict[int, tuple[Side, ...]]:
    """Return the variants of each run, the control first, by its id."""
    statement = (
        select(Variant.run_id, Variant.position, Variant.key, Variant.name, Variant.weight)
        .where(Variant.run_id.in_(run_ids))
        .order_by(Variant.run_id, Variant.position)
    )
    rows = groupby(db.session.execute(statement), key=itemgetter(0))
    return {run_id: tuple(Side(*row[1:]) for row in variants) for run_id, variants in rows}


def targets(run_id: int) -> tuple[Target, ...]:
    """Return the goals of a run, in their order."""
    statement = (
        select(*target_columns)
        .join_from(RunGoal, Goal)
        .where(RunGoal.run_id == run_id)
        .order_by(RunGoal.position)
    )
    return tuple(Target(*row) for row in db.session.execute(statement))


EstablishedOf = Mapping[tuple[int, int], Established]
"""What looks have established, by the id of the goal and the position of the variant."""


def established(run_ids: Sequence[int]) -> dict[int, EstablishedOf]:
    """Return what the kept looks at each run have established, by its id: the newest says it all.

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


class KeptLook(NamedTuple):
    """What a look saw of a variant at a goal, and what it and all earlier ones established."""

    at: datetime
    goal_id: int
    position: int
    control_visitors: int
    control_conversions: int
    visitors: int
    conversions: int
    low: float
    high: float
    p_value: float
    control_measured: float | None
    control_squares: float | None
    measured: float | None
    squares: float | None


def looks(run_id: int) -> list[KeptLook]:
    """Return the kept looks at a run, the first one first."""
    columns = [getattr(Look, name) for name in KeptLook._fields]
    statement = (
        select(*columns).where(Look.run_id == run_id).order_by(Look.at, Look.goal_id, Look.position)
    )
    return [KeptLook(*row) for row in db.session.execute(statement)]


def call(run_id: int) -> Called | None:
    """Return what was called of a run last."""
    of_its = History.test_id == select(Run.test_id).where(Run.id == run_id).scalar_subquery()
    by_days = exists().where(of_its, History.at == Call.ended_at, History.detail == LEFT_OUT)
    statement = (
        select(Call.kind, Call.position, Call.at, Call.ended_at, by_days)
        .where(Call.run_id == run_id)
        .order_by(Call.at.desc())
        .limit(1)
    )
    row = db.session.execute(statement).first()
    return Called(*row) if row else None


def exclusions(run_ids: Sequence[int]) -> dict[int, tuple[Exclusion, ...]]:
    """Return what is left out of each run, by its id: in the order of days, with the authors."""
    statement = (
        select(Exclusion)
        .where(Exclusion.run_id.in_(run_ids))
        .options(joinedload(Exclusion.user), joinedload(Exclusion.api_key))
        .order_by(Exclusion.first_day.is_not(None), Exclusion.first_day, Exclusion.id)
    )
    found = defaultdict[int, list[Exclusion]](list)
    for each in db.session.scalars(statement):
        found[each.run_id].append(each)
    return {run_id: tuple(found[run_id]) for run_id in run_ids}


def counts(
    run_ids: Sequence[int], days: DayRange = WHOLE_RUN, *, role: GoalRole | None = None
) -> dict[int, Counts]:
    """Return what was counted in each run on these days, by its id; at goals of a role, or all.

    One statement reads visitors and conversions alike: between two, others could be let in who
    convert, and more visitors would have converted than had come.
    """
    came, done = DailyVisitors, DailyConversions
    nothing = (literal(0.0), literal(0), literal(0.0), literal(0.0))
    visitors = select(
        came.run_id, came.day, came.position, cast(null(), Integer), came.visitors, *nothing
    ).where(*_counted(came, run_ids, days))
    conversions = (
        select(done.run_id, done.day, done.position, done.goal_id, done.conversions)
        .add_columns(done.total_value, done.events, done.measured, done.squares)
        .where(*_counted(done, run_ids, days), *_at_goals(role))
    )
    cells = defaultdict[int, list[DayCount]](list)
    for row in db.session.execute(union_all(visitors, conversions)):
        cells[row[0]].append(DayCount(*row[1:]))
    return {run_id: Counts(cells[run_id]) for run_id in run_ids}


def _counted(
    of_days: type[DailyVisitors | DailyConversions], run_ids: Sequence[int], days: DayRange
) -> list[ColumnElement[bool]]:
    """Return the conditions that a day of a run is counted, of those that are asked for."""
    first = [of_days.day >= days.first] if days.first else []
    last = [of_days.day <= days.last] if days.last else []
    is_counted = ~is_left_out(of_days.run_id, of_days.day)
    return [of_days.run_id.in_(run_ids), *first, *last, is_counted]


def _at_goals(role: GoalRole | None) -> list[ColumnElement[bool]]:
    """Return the condition that conversions are at a goal that is this to its run."""
    if role is None:
        return []
    its = (RunGoal.run_id == DailyConversions.run_id, RunGoal.goal_id == DailyConversions.goal_id)
    return [exists().where(*its, RunGoal.role == role)]
