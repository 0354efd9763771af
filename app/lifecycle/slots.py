"""A plan's slots in a project: how many there are, how many are taken, and by which experiments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, func, select
from sqlalchemy.exc import DBAPIError

from app.database.engine import db
from app.database.prepared import Prepared
from app.database.rows import plan_limits
from app.database.rows.plan_limits import Override, SlotRoom
from app.database.unit_of_work import UnitOfWork
from app.models import Experiment, Plan, Project, Status, live_since, table_of

HOLDERS_NAMED = 5


@dataclass(frozen=True)
class Holder:
    """A running experiment, when its status changed last, and since when it has been live."""

    test_id: int
    public_id: str
    name: str
    changed_at: datetime
    since: datetime


@dataclass(frozen=True)
class Slots:
    """`limit` of None is unlimited; `holders` names at most five of the `running`, newest first.

    The limit is the plan's, unless it is an `override`'s.
    """

    plan_name: str
    limit: int | None
    running: int
    holders: tuple[Holder, ...]
    override: Override | None = None

    @property
    def full(self) -> bool:
        """No further experiment may run."""
        return plan_limits.room(self.running, self.limit) is not SlotRoom.FREE

    @property
    def free(self) -> int | None:
        """Return how many more may run; None where that is unlimited."""
        return None if self.limit is None else max(self.limit - self.running, 0)

    @property
    def without_one(self) -> "Slots":
        """Return the slots as they are when one of the running experiments has been paused."""
        return replace(self, running=self.running - 1)

    @property
    def over(self) -> bool:
        """More run than is allowed, because the limit was lowered, or an override has ended."""
        return plan_limits.room(self.running, self.limit) is SlotRoom.OVER


_experiments, _plans, _projects = table_of(Experiment), table_of(Plan), table_of(Project)
_experiment = _experiments.c
_counted = _experiments.alias("counted")
# By an index alone. Counted over the holders, all that run were read and sorted first: with one
# that runs the statement took SQLite 10 µs of CPU, and takes 6.
_running = (
    select(func.count())
    .where(_counted.c.project_id == _projects.c.id, _counted.c.status == Status.RUNNING)
    .correlate(_projects)
    .scalar_subquery()
)
# A start that was let in just before its project was retired finds no slot there.
_limit = case((_projects.c.retired_at.is_(None), plan_limits.LIMIT), else_=0)
_read = plan_limits.joined(
    select(
        _plans.c.name,
        _limit,
        _running,
        _experiment.test_id,
        _experiment.public_id,
        _experiment.name,
        _experiment.changed_at,
        live_since,
        *plan_limits.COLUMNS,
    )
    .select_from(_projects)
    .join(_plans)
    .outerjoin(
        _experiments,
        (_experiment.project_id == _projects.c.id) & (_experiment.status == Status.RUNNING),
    )
    .where(_projects.c.id == bindparam("project_id"))
    .order_by(_experiment.changed_at.desc(), _experiment.test_id.desc())
    .limit(HOLDERS_NAMED)
)
_read_for_change = Prepared(_read)


def of_project(project_id: int) -> Slots | None:
    """Return the project's slots now, for a page; None when they cannot be read."""
    try:
        return _slots(db.session.execute(_read, {"project_id": project_id}).all())
    except DBAPIError:
        db.session.rollback()
        return None


def read(work: UnitOfWork) -> Slots | None:
    """Return the project's slots now, or None when the plan or the usage cannot be read.

    The unit of work goes on then, unless it is a single change. Raises DBAPIError where the
    connection is lost, with which it cannot go on.
    """
    try:
        with work.guarded():
            return _slots(work.rows(_read_for_change, {"project_id": work.project_id}))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None


def _slots(rows: Sequence[Row[*tuple[Any, ...]]]) -> Slots | None:
    if not rows:
        return None
    plan_name, limit, running = rows[0][:3]
    holders = tuple(Holder(*row[3:8]) for row in rows if running)
    return Slots(plan_name, limit, running, holders, plan_limits.of(rows[0]))
