"""Starts and stops at a moment: set, foreseen, and carried out when it has come.

A start that finds no slot at its moment is queued. Whatever is due happens once, however late, and
however many processes look for it: it is deleted in the unit of work that carries it out, under
the lock of the project's row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import joinedload

from app.core.database import db
from app.core.errors import Conflict, InvalidInput
from app.core.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, pending, queue_processing, rules, subjects, transitions
from app.lifecycle.apply import drop_from_queue
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.rules import TO_STOPPED, ChangeRequest
from app.lifecycle.subjects import Subject
from app.models import (
    Actor,
    Cause,
    CauseKind,
    Door,
    Kind,
    ScheduledChange,
    Status,
    now,
    stops_first,
)

LONGEST_AHEAD = timedelta(days=2 * 365)
PROJECTS_AT_ONCE = 100
MOST_LISTED = 100
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
    schedule: Schedule,
    actor: Actor,
    expected: Schedule | None = None,
) -> None:
    """Schedule an experiment anew, in one unit of work; what is as it was stays untouched.

    Raises NotFound, Refused for an experiment that will never do what is asked, InvalidInput for a
    moment that is past, more than two years ahead, or a stop before the start, and Conflict when
    the schedule is not the one that was `expected`, if that is said.
    """
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        before = _kept(work.execute(_OF, {"experiment": test_id}))
        if expected not in (None, before):
            raise Conflict("Somebody has changed this schedule since you opened the page.")
        for target in FIELDS:
            if schedule.moment(target) != before.moment(target):
                _check(experiment, target, schedule)
                _put(work, experiment, target, schedule.moment(target))


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


def due_project_ids(moment: datetime) -> Sequence[int]:
    """Return the projects in which something is due at `moment`, at most 100."""
    statement = (
        select(ScheduledChange.project_id)
        .where(ScheduledChange.at <= moment)
        .distinct()
        .order_by(ScheduledChange.project_id)
        .limit(PROJECTS_AT_ONCE)
    )
    return db.session.scalars(statement).all()


def carry_out(project_id: int, moment: datetime, queue_until: datetime) -> None:
    """Do what is due in a project at `moment`, in one unit of work: the earliest first.

    Of the same moment stops come first, since they free slots. Plan and edge are decided now,
    not when it was set, and for a start the rights of whoever asked for it, too; what may not
    happen any more is dropped, and history says why. A start that finds no slot waits in the queue
    until `queue_until` at the longest.
    """
    with changing(project_id, Actor(Door.SCHEDULE)) as work:
        due = (
            select(*_DUE)
            .where(ScheduledChange.project_id == project_id, ScheduledChange.at <= moment)
            .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
        )
        for change in work.execute(due, {}).all():
            # One that is done before may have taken it back: a start from the queue does.
            if pending.unschedule(work, change.test_id, change.target):
                asked_by = Actor(change.door, change.user_id, change.api_key_id)
                _carry_out(work, change.test_id, change.target, asked_by, queue_until)


_DUE = (
    ScheduledChange.test_id,
    ScheduledChange.target,
    ScheduledChange.door,
    ScheduledChange.user_id,
    ScheduledChange.api_key_id,
)


def _carry_out(
    work: UnitOfWork, test_id: int, target: Status, asked_by: Actor, queue_until: datetime
) -> None:
    scheduled = work.acted_by(replace(asked_by, door=Door.SCHEDULE), Cause(CauseKind.SCHEDULE))
    # A stop is a safety device: it happens, whatever has become of whoever set it.
    starts = target is Status.RUNNING
    if starts and (lapsed := queue_processing.why_lapsed(work, asked_by)):
        _drop(scheduled, test_id, target, lapsed)
    elif refusal := _change(scheduled, test_id, target, queue_until):
        _drop(scheduled, test_id, target, refusal.sentence, refusal.code)


def _drop(work: UnitOfWork, test_id: int, target: Status, why_not: str, code: str = "") -> None:
    experiment = subjects.load(work, test_id)
    entries.enter(work, experiment, Kind.UNSCHEDULED, target, detail=why_not, code=code)


def _change(
    work: UnitOfWork, test_id: int, target: Status, queue_until: datetime
) -> Refusal | None:
    """Make the change, or return why the rules refuse it."""
    try:
        if target is Status.RUNNING:
            queue_processing.start_or_queue(work, test_id, queue_until)
        else:
            _stop(work, test_id)
    except Refused as refused:
        return refused.refusal
    return None


def _stop(work: UnitOfWork, test_id: int) -> None:
    """Stop what runs, or what was to run: a start that still waits comes too late."""
    experiment = subjects.load(work, test_id)
    if experiment.is_queued:
        drop_from_queue(work, experiment, "Its stop came before a slot did.")
    elif experiment.status is not Status.STOPPED:
        change = transitions.change_status(work, test_id, ChangeRequest(TO_STOPPED))
        queue_processing.fill_freed(work, [change.entry_id])


_OF = select(ScheduledChange.target, ScheduledChange.at).where(
    ScheduledChange.test_id == bindparam("experiment")
)


def _kept(rows: Iterable[Row[*tuple[Any, ...]]]) -> Schedule:
    moments = {row.target: row.at for row in rows}
    return Schedule(moments.get(Status.RUNNING), moments.get(Status.STOPPED))


def _check(experiment: Subject, target: Status, schedule: Schedule) -> None:
    at, field = schedule.moment(target), FIELDS[target]
    if at is None:
        return
    rules.require_schedulable(experiment, target)
    if at <= now():
        raise InvalidInput("This moment is past.", field)
    if at > now() + LONGEST_AHEAD:
        raise InvalidInput("This is more than two years ahead.", field)
    if schedule.start_at and schedule.stop_at and schedule.stop_at <= schedule.start_at:
        raise InvalidInput("It would stop before it starts.", "stop_at")


def _put(work: UnitOfWork, experiment: Subject, target: Status, at: datetime | None) -> None:
    pending.unschedule(work, experiment.test_id, target)
    if at is None:
        why = "Taken back by hand."
        entries.enter(work, experiment, Kind.UNSCHEDULED, target, detail=why)
        return
    enter(work, experiment, target, at)
