"""Reading of an experiment's runs: a fixed number of statements for a result.

They read the counts of days, never the visitors themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.database.engine import db
from app.models import (
    Call,
    CallKind,
    DailyConversions,
    DailyVisitors,
    Exclusion,
    Goal,
    GoalKind,
    GoalRole,
    History,
    Kind,
    Look,
    Run,
    RunGoal,
    Status,
    Variant,
    Wanted,
    is_left_out,
)
from app.results.arms import Interval
from app.results.comparison import Established
from app.results.counts import Cell, Counts
from app.results.period import Asked, Change


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
    """What was called at a look, of the variant at a position; it stands until `ended_at`."""

    kind: CallKind
    position: int
    at: datetime
    ended_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Return whether it stands no more."""
        return self.ended_at is not None


def runs(test_id: int) -> Sequence[Run]:
    """Return all runs of an experiment, the first one first."""
    statement = select(Run).where(Run.test_id == test_id).order_by(Run.number)
    return db.session.scalars(statement).all()


def changes(test_id: int) -> list[Change]:
    """Return when an experiment began to run and stopped to, in order.

    A swap may have paused it.
    """
    is_its_own = History.test_id == test_id
    statement = (
        select(History.at, case((is_its_own, History.to_status), else_=Status.STOPPED))
        .where(
            History.kind == Kind.CHANGED,
            or_(is_its_own, History.paused_test_id == test_id),
            or_(History.from_status == Status.RUNNING, History.to_status == Status.RUNNING),
        )
        .order_by(History.id)
    )
    return [Change(*row) for row in db.session.execute(statement)]


def sides(run_id: int) -> tuple[Side, ...]:
    """Return the variants of a run, the control first."""
    statement = (
        select(Variant.position, Variant.key, Variant.name, Variant.weight)
        .where(Variant.run_id == run_id)
        .order_by(Variant.position)
    )
    return tuple(Side(*row) for row in db.session.execute(statement))


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


def established(run_id: int, since: datetime | None) -> EstablishedOf:
    """Return what the kept looks at a run have established: the newest one says it for all.

    Those until `since` do not count, when the split was found broken or other days were counted.
    """
    counts = [Look.run_id == run_id, *([Look.at > since] if since else [])]
    newest = select(func.max(Look.at)).where(*counts).scalar_subquery()
    statement = select(Look.goal_id, Look.position, Look.low, Look.high, Look.p_value).where(
        Look.run_id == run_id, Look.at == newest
    )
    return {
        (goal_id, position): Established(Interval(low, high), p_value)
        for goal_id, position, low, high, p_value in db.session.execute(statement)
    }


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
    statement = (
        select(Call.kind, Call.position, Call.at, Call.ended_at)
        .where(Call.run_id == run_id)
        .order_by(Call.at.desc())
        .limit(1)
    )
    row = db.session.execute(statement).first()
    return Called(*row) if row else None


def exclusions(run_id: int) -> tuple[Exclusion, ...]:
    """Return what is left out of a run, in the order of its days, each with its author."""
    statement = (
        select(Exclusion)
        .where(Exclusion.run_id == run_id)
        .options(joinedload(Exclusion.user), joinedload(Exclusion.api_key))
        .order_by(Exclusion.first_day.is_not(None), Exclusion.first_day, Exclusion.id)
    )
    return tuple(db.session.scalars(statement))


def counts(run_id: int, days: Asked) -> Counts:
    """Return what was counted in a run on these days.

    One statement reads visitors and conversions alike: between two, others could be let in who
    convert, and more visitors would have converted than had come.
    """
    visitors = select(
        DailyVisitors.day,
        DailyVisitors.position,
        cast(null(), Integer),
        DailyVisitors.visitors,
        literal(0.0),
        literal(0),
        literal(0.0),
        literal(0.0),
    ).where(*_counted(DailyVisitors.run_id, DailyVisitors.day, run_id, days))
    conversions = select(
        DailyConversions.day,
        DailyConversions.position,
        DailyConversions.goal_id,
        DailyConversions.conversions,
        DailyConversions.total_value,
        DailyConversions.events,
        DailyConversions.measured,
        DailyConversions.squares,
    ).where(*_counted(DailyConversions.run_id, DailyConversions.day, run_id, days))
    both = union_all(visitors, conversions)
    return Counts(Cell(*row) for row in db.session.execute(both))


def _counted(
    its_run: InstrumentedAttribute[int], day: InstrumentedAttribute[date], run_id: int, days: Asked
) -> list[ColumnElement[bool]]:
    """Return the conditions that a day of a run is counted, of those that are asked for."""
    first = [day >= days.first] if days.first else []
    last = [day <= days.last] if days.last else []
    return [its_run == run_id, *first, *last, ~is_left_out(its_run, day)]
