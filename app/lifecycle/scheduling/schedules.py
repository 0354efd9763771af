"""Starts and stops that are set for a moment: put, taken back, and listed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import joinedload

from app.accounts.key_rights import require_scope
from app.core.errors import Conflict, InvalidInput
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, pending, preconditions, rules, subjects
from app.lifecycle.preconditions import Precondition
from app.lifecycle.subjects import Subject
from app.models import (
    Actor,
    Kind,
    ScheduledChange,
    Scope,
    Status,
    now,
)

LONGEST_AHEAD = timedelta(days=2 * 365)
MOST_LISTED = 100
CHANGED_SINCE = "Somebody has changed this schedule since you opened the page."
FIELDS = {Status.RUNNING: "start_at", Status.STOPPED: "stop_at"}


@dataclass(frozen=True)
class Schedule:
    """When an experiment is to start and to stop; None is not at all."""

    start_at: datetime | None
    stop_at: datetime | None

    def moment(self, target: Status) -> datetime | None:
        """Return the moment of the change to `target`."""
        return self.start_at if target is Status.RUNNING else self.stop_at


def of(test_id: int) -> Schedule:
    """Return what is scheduled for an experiment."""
    return _kept(db.session.execute(_OF, {"experiment": test_id}))


def put(
    project_id: int,
    test_id: int,
    change: Callable[[Schedule], Schedule],
    actor: Actor,
    expected: Schedule | None = None,
    precondition: Precondition | None = None,
) -> int:
    """Schedule an experiment anew, in one unit of work; what is as it was stays untouched.

    `change` gets what is scheduled and returns what is to be. Returns the experiment's version.
    Raises NotFound, Refused for an
    experiment that will never do what is asked, InvalidInput for a moment that is past, more than
    two years ahead, or a stop before the start, and Conflict when the schedule is not the one that
    was `expected`, if that is said. Refused, too, where the experiment is not as in `precondition`.
    """
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, precondition)
        before = _kept(work.execute(_OF, {"experiment": test_id}))
        if expected not in (None, before):
            raise Conflict(CHANGED_SINCE)
        schedule = change(before)
        changed = [each for each in FIELDS if schedule.moment(each) != before.moment(each)]
        for target in changed:
            require_scope(actor, _scope(target, schedule.moment(target), before.moment(target)))
        for target in _set_anew(schedule, before):
            rules.require_schedulable(experiment, target)
        for field, sentence in faults(schedule, before).items():
            raise InvalidInput(sentence, field)
        for target in changed:
            _put(work, experiment, target, schedule.moment(target))
        return work.version_of(test_id, experiment.version)


def faults(schedule: Schedule, before: Schedule) -> dict[str, str]:
    """Return what is wrong with a schedule whatever it is of, by the field that is at fault.

    Of the moments that were set `before`, nothing: they may have come since.
    """
    anew = _set_anew(schedule, before)
    found = {FIELDS[target]: fault for target, at in anew.items() if (fault := _fault(at))}
    if anew and schedule.start_at and schedule.stop_at and schedule.stop_at <= schedule.start_at:
        found.setdefault("stop_at", "It would stop before it starts.")
    return found


def _scope(target: Status, at: datetime | None, before: datetime | None) -> Scope:
    """Return the scope that it takes of a key to set, move or take back a moment.

    No start, and a stop that comes earlier, let less be live, which takes `pause`; all else lets
    more be.
    """
    if target is Status.RUNNING:
        lets_less = at is None
    else:
        lets_less = at is not None and (before is None or at < before)
    return Scope.PAUSE if lets_less else Scope.START


def _set_anew(schedule: Schedule, before: Schedule) -> dict[Status, datetime]:
    moments = {target: schedule.moment(target) for target in FIELDS}
    return {target: at for target, at in moments.items() if at and at != before.moment(target)}


def _fault(at: datetime) -> str:
    if at <= now():
        return "This moment is past."
    return "This is more than two years ahead." if at > now() + LONGEST_AHEAD else ""


def enter(work: UnitOfWork, experiment: Subject, target: Status, at: datetime) -> None:
    """Keep a checked moment, and enter it in the history."""
    pending.schedule(work, experiment.test_id, target, at)
    words = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    entries.enter(work, experiment, Kind.SCHEDULED, target, detail=words, scheduled_for=at)


def listed(project_id: int) -> Sequence[ScheduledChange]:
    """Return what is scheduled in a project, the nearest first, with its experiments and authors.

    At most 101: one more than a page shows.
    """
    statement = (
        select(ScheduledChange)
        .where(ScheduledChange.project_id == project_id)
        .options(
            joinedload(ScheduledChange.experiment),
            joinedload(ScheduledChange.user),
            joinedload(ScheduledChange.api_key),
        )
        .order_by(ScheduledChange.at, ScheduledChange.test_id, ScheduledChange.target)
        .limit(MOST_LISTED + 1)
    )
    return db.session.scalars(statement).all()


def of_experiments(test_ids: Sequence[int]) -> Sequence[ScheduledChange]:
    """Return what is scheduled for some experiments, the nearest first."""
    statement = (
        select(ScheduledChange)
        .where(ScheduledChange.test_id.in_(test_ids))
        .order_by(ScheduledChange.at)
    )
    return db.session.scalars(statement).all()


_OF = select(ScheduledChange.target, ScheduledChange.at).where(
    ScheduledChange.test_id == bindparam("experiment")
)


def _kept(rows: Iterable[Row[*tuple[Any, ...]]]) -> Schedule:
    moments = {row.target: row.at for row in rows}
    return Schedule(moments.get(Status.RUNNING), moments.get(Status.STOPPED))


def _put(work: UnitOfWork, experiment: Subject, target: Status, at: datetime | None) -> None:
    pending.unschedule(work, experiment.test_id, target)
    if at is None:
        why = "Taken back by hand."
        entries.enter(work, experiment, Kind.UNSCHEDULED, target, detail=why)
        return
    enter(work, experiment, target, at)
