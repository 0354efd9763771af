"""Starts and stops at a moment: set, foreseen, and carried out when it has come.

A start that finds no slot at its moment is queued. Whatever is due happens once, however late, and
however many processes look for it: it is deleted in the unit of work that carries it out, under
the lock of the project's row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import project_row
from app.core.database import db
from app.core.errors import Conflict, InvalidInput
from app.core.transactions import writing
from app.lifecycle import apply, queue_processing, rules, store, transitions
from app.lifecycle import pending as waiting_line
from app.lifecycle.refusals import Refused
from app.lifecycle.rules import Contract, Wish
from app.lifecycle.store import Subject
from app.models import Actor, Door, Kind, ScheduledChange, Status, now, stops_first

LONGEST_AHEAD = timedelta(days=2 * 365)
PROJECTS_AT_ONCE = 100
MOST_LISTED = 100
FIELDS = {Status.RUNNING: "start_at", Status.STOPPED: "stop_at"}
_WRITTEN = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True)
class Schedule:
    """When an experiment is to start and to stop; None is not at all."""

    start_at: datetime | None
    stop_at: datetime | None

    def moment(self, target: Status) -> datetime | None:
        """The moment of the change to `target`."""
        return self.start_at if target is Status.RUNNING else self.stop_at


def written(at: datetime) -> str:
    """A moment as history keeps it, in words: "2026-06-03 09:00 UTC"."""
    return f"{at.astimezone(UTC):{_WRITTEN}}"


def read(text: str) -> datetime:
    """The moment that history keeps in these words."""
    return datetime.strptime(text, _WRITTEN).replace(tzinfo=UTC)


def of(test_id: int) -> Schedule:
    """What is scheduled for an experiment."""
    return _kept(db.session(), test_id)


def put(
    project_id: int, test_id: int, schedule: Schedule, actor: Actor, seen: Schedule | None = None
) -> None:
    """Schedule an experiment anew, in one unit of work; what is as it was stays untouched.

    Raises NotFound, Refused for an experiment that will never do what is asked, InvalidInput for a
    moment that is past, more than two years ahead, or a stop before the start, and Conflict when
    the schedule is not the one that was `seen`, if that is said.
    """
    with writing() as session:
        project_row.lock_project(session, project_id)
        experiment = apply.known(session, project_id, test_id, Contract.NAMES)
        before = _kept(session, test_id)
        if seen not in (None, before):
            raise Conflict("Somebody has changed this schedule since you opened the page.")
        for target in FIELDS:
            if schedule.moment(target) != before.moment(target):
                _check(experiment, target, schedule)
                _put(session, experiment, target, schedule.moment(target), actor)


def listed(project_id: int) -> Sequence[ScheduledChange]:
    """What is scheduled in a project, the nearest first, with its experiments and authors.

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
    """What is scheduled for some experiments, the nearest first."""
    statement = (
        select(ScheduledChange)
        .where(ScheduledChange.test_id.in_(test_ids))
        .order_by(ScheduledChange.at)
    )
    return db.session.scalars(statement).all()


def due_project_ids(moment: datetime) -> Sequence[int]:
    """The projects in which something is due at `moment`, at most 100."""
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

    Of the same moment stops come first, since they free slots. Rights, plan and edge are decided
    now, not when it was set; what may not happen any more is dropped, and history says why. A start
    that finds no slot waits in the queue until `queue_until` at the longest.
    """
    with writing() as session:
        project_row.lock_project(session, project_id)
        due = (
            select(*_DUE)
            .where(ScheduledChange.project_id == project_id, ScheduledChange.at <= moment)
            .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
        )
        for change in session.execute(due).all():
            asked_by = Actor(change.door, change.user_id, change.api_key_id)
            # One that is done before may have taken it back: a start from the queue does.
            if waiting_line.unschedule(session, change.test_id, change.target):
                _carry_out(
                    session, project_id, (change.test_id, change.target), asked_by, queue_until
                )


_DUE = (
    ScheduledChange.test_id,
    ScheduledChange.target,
    ScheduledChange.door,
    ScheduledChange.user_id,
    ScheduledChange.api_key_id,
)


def _carry_out(
    session: Session,
    project_id: int,
    due: tuple[int, Status],
    asked_by: Actor,
    queue_until: datetime,
) -> None:
    test_id, target = due
    actor = replace(asked_by, door=Door.SCHEDULE)
    why_not = queue_processing.why_lapsed(session, project_id, asked_by) or _change(
        session, project_id, (test_id, target), actor, queue_until
    )
    if why_not:
        experiment = apply.known(session, project_id, test_id, Contract.NAMES)
        store.enter(session, experiment, Kind.UNSCHEDULED, actor, why_not, target)


def _change(
    session: Session, project_id: int, due: tuple[int, Status], actor: Actor, queue_until: datetime
) -> str:
    """Make the change, and say why not where the rules refuse it."""
    test_id, target = due
    try:
        if target is Status.RUNNING:
            queue_processing.start_or_queue(session, project_id, test_id, actor, queue_until)
        else:
            _stop(session, project_id, test_id, actor)
    except Refused as refused:
        return str(refused)
    return ""


def _stop(session: Session, project_id: int, test_id: int, actor: Actor) -> None:
    """Stop what runs, or what was to run: a start that still waits comes too late."""
    experiment = apply.known(session, project_id, test_id, Contract.NAMES)
    if experiment.is_queued:
        why = "Its stop came before a slot did."
        apply.drop_from_queue(session, experiment, actor, why)
    elif experiment.status is not Status.STOPPED:
        # By name: by integer, a draft that is to stop would be shelved.
        wish = Wish(Status.STOPPED, Contract.NAMES)
        transitions.transition_within(session, project_id, test_id, wish, actor)
        queue_processing.fill_after(session, project_id, Status.STOPPED)


def _kept(session: Session, test_id: int) -> Schedule:
    statement = select(ScheduledChange.target, ScheduledChange.at).where(
        ScheduledChange.test_id == test_id
    )
    moments = {row.target: row.at for row in session.execute(statement)}
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


def _put(
    session: Session, experiment: Subject, target: Status, at: datetime | None, actor: Actor
) -> None:
    waiting_line.unschedule(session, experiment.test_id, target)
    if at is None:
        store.enter(session, experiment, Kind.UNSCHEDULED, actor, "Taken back by hand.", target)
        return
    waiting_line.schedule(session, experiment, target, at, actor)
    store.enter(session, experiment, Kind.SCHEDULED, actor, written(at), target)
