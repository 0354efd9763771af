"""Arrivals of events: when a project was last heard of, and when one of its events counted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.accounts import asking
from app.database.engine import db
from app.events import not_counted
from app.events.not_counted import Sum
from app.models import (
    DailyConversions,
    DailyVisitors,
    Experiment,
    Run,
    Status,
    now,
    table_of,
)

# The newest runs in each status, and the days behind: looking costs no more in a project of many
# experiments that have run for years.
MOST_RUNS = 20
DAYS_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Arrivals:
    """The latest moments, None where there was none.

    `heard_at` is when a key last sent events, to the minute, whatever became of them; `counted_at`
    is when one was last let into the counts of a running or paused experiment, from a visitor who
    came in the last 30 days. `not_counted` is what was dropped or refused in the last 7.
    """

    heard_at: datetime | None
    counted_at: datetime | None
    is_anything_running: bool
    not_counted: tuple[Sum, ...] = ()

    @property
    def last_at(self) -> datetime | None:
        """Return the later of both moments."""
        return max(filter(None, (self.heard_at, self.counted_at)), default=None)


def of_project(project_id: int) -> Arrivals:
    """Return what has arrived in a project. Reads sums of days, never a visitor's row."""
    running = _runs(project_id, Status.RUNNING)
    counted_at = _last_counted([*running, *_runs(project_id, Status.STOPPED)])
    sums = tuple(not_counted.of_late(project_id))
    return Arrivals(_last_heard(project_id), counted_at, bool(running), sums)


def _runs(project_id: int, status: Status) -> list[int]:
    statement = (
        select(Run.id)
        .join(Experiment, Run.test_id == Experiment.test_id)
        .where(Experiment.project_id == project_id, Experiment.status == status)
        .order_by(Experiment.test_id.desc(), Run.number.desc())
        .limit(MOST_RUNS)
    )
    return list(db.session.scalars(statement))


def _last_counted(run_ids: list[int]) -> datetime | None:
    counts = (table_of(DailyVisitors).c, table_of(DailyConversions).c)
    moments = [
        db.session.scalar(
            select(func.max(count.last_at)).where(
                count.run_id.in_(run_ids), count.day >= (now() - DAYS_BACK).date()
            )
        )
        for count in counts
    ]
    return max(filter(None, moments), default=None)


def _last_heard(project_id: int) -> datetime | None:
    return db.session.scalar(asking.last_heard(project_id))
