"""The queue of a project: experiments that start when a slot frees, in an order that people set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import joinedload

from app.accounts import key_rights, rights
from app.core.errors import Conflict, NotFound
from app.database.engine import db
from app.database.rows import open_hold, plan_limits
from app.database.rows.open_hold import Hold
from app.database.rows.overdue import is_overdue
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, pending, preconditions, subjects, transitions
from app.lifecycle.apply import drop_from_queue
from app.lifecycle.holds import hold_store
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queueing import queue_processing
from app.lifecycle.slots import Slots
from app.lifecycle.subjects import Subject
from app.models import (
    Actor,
    CauseKind,
    Door,
    Kind,
    Plan,
    Project,
    QueuedStart,
    Scope,
    SplitFault,
    Status,
    table_of,
)


@dataclass(frozen=True)
class Asked:
    """The answer to asking for a slot: the experiment runs, or waits in the queue.

    Where it runs, `entry_id` is the start's entry in history. Where it waits, it is at `position`,
    1 being next, of `length`, until `expires_at` at the longest, and `hold` is the queue's, if any.
    `version` is the experiment's now, and `split_fault` why it can never measure anything, if so.
    """

    status: Status
    version: int
    entry_id: int | None = None
    position: int | None = None
    length: int | None = None
    expires_at: datetime | None = None
    hold: Hold | None = None
    split_fault: SplitFault | None = None


@dataclass(frozen=True)
class Place:
    """A place in the queue: its position, 1 being next, of how many, and until when at most.

    `version` is that of the experiment now.
    """

    position: int
    length: int
    expires_at: datetime
    version: int


def join(
    project_id: int,
    test_id: int,
    actor: Actor,
    queue_until: datetime,
    expected: Precondition | None = None,
) -> Asked:
    """Start an experiment when a slot frees, or at once where one is free, in one unit of work.

    It waits until `queue_until` at the longest. Asked for again, it keeps its place. Raises
    NotFound, and Refused for what could not be started with a slot either, and for what has changed
    since `expected`; history keeps what was refused.
    """
    with transitions.deciding(project_id, test_id, Status.RUNNING, actor) as work:
        entry_id = queue_processing.start_or_queue(work, test_id, queue_until, expected)
        return asked(work, test_id, entry_id)


def asked(work: UnitOfWork, test_id: int, entry_id: int | None) -> Asked:
    """Return what came of asking for a slot: a start's entry in history, or a place to wait."""
    experiment = subjects.load(work, test_id)
    version = experiment.version
    if entry_id is not None:
        return Asked(Status.RUNNING, version, entry_id, split_fault=experiment.split_fault)
    line = pending.line(work)
    found = [(place, each) for place, each in enumerate(line, start=1) if each.test_id == test_id]
    if not found:
        return Asked(experiment.status, version)
    ((position, waiting),) = found
    return Asked(
        experiment.status,
        version,
        None,
        position,
        len(line),
        waiting.expires_at,
        hold_store.read(work),
        experiment.split_fault,
    )


def leave(
    project_id: int, test_id: int, actor: Actor, expected: Precondition | None = None
) -> Subject:
    """Take an experiment out of the queue, and return it as it is then.

    NotFound when it does not wait in it, and Refused when it is not as `expected`.
    """
    with changing(project_id, actor) as work:
        experiment = _queued(work, test_id, expected)
        key_rights.require_scope(actor, Scope.PAUSE)
        drop_from_queue(work, experiment, "Taken out by hand.")
        return subjects.load(work, test_id)


def move(
    project_id: int,
    test_id: int,
    position: int,
    actor: Actor,
    expected_at: int | None = None,
    expected: Precondition | None = None,
) -> Place:
    """Give a queued experiment another position, 1 being next; return the one that it has then.

    A position before the first or behind the last is that one. NotFound when it does not wait, and
    Conflict when it does not wait at the position `expected_at`, if that is said, and Refused when
    it is not as `expected`.
    """
    with changing(project_id, actor) as work:
        experiment = _queued(work, test_id, expected)
        # Who is next goes live next.
        key_rights.require_scope(actor, Scope.START)
        line = {each.test_id: each for each in pending.line(work)}
        before = list(line)
        if expected_at not in (None, before.index(test_id) + 1):
            raise Conflict("The queue was changed after you looked. Nothing has been moved.")
        after = _moved(before, test_id, position)
        reached = after.index(test_id) + 1
        if after != before:
            for place, moved in enumerate(after, start=1):
                pending.place(work, moved, place)
            entries.enter(work, experiment, Kind.QUEUED, detail=f"Moved to place {reached}.")
        version = work.version_of(test_id, experiment.version)
        return Place(reached, len(after), line[test_id].expires_at, version)


def listed(project_id: int) -> Sequence[QueuedStart]:
    """Return the queued starts of a project, the next one first, with experiments and authors."""
    statement = (
        select(QueuedStart)
        .where(QueuedStart.project_id == project_id)
        .options(
            joinedload(QueuedStart.experiment),
            joinedload(QueuedStart.user),
            joinedload(QueuedStart.api_key),
        )
        .order_by(QueuedStart.place)
    )
    return db.session.scalars(statement).all()


def serve(project_id: int) -> None:
    """Drop from a project's queue who may not start any more, and start what finds a slot."""
    with changing(project_id, Actor(Door.QUEUE)) as work:
        is_held = hold_store.is_held(work)
        for waiting in pending.line(work):
            queue_processing.drop_if_lapsed(work, waiting, is_held=is_held)
        queue_processing.fill_slots(work.causing(CauseKind.FREED_SLOT))


def project_ids_to_serve(moment: datetime) -> Sequence[int]:
    """Return the projects whose queue has a slot, or somebody who may not wait any more.

    Looked for without a lock: it is decided when the queue is served.
    """
    queued = table_of(QueuedStart).c
    may_wait = rights.may_have_planned(
        queued.user_id, queued.api_key_id, queued.project_id, literal(moment, queued.queued_at.type)
    )
    limit = plan_limits.LIMIT
    has_a_slot = or_(limit.is_(None), Project.running_count < limit)
    has_its_time = or_(has_a_slot, QueuedStart.expires_at <= moment)
    statement = (
        plan_limits.joined(
            select(QueuedStart.project_id)
            .join(Project, Project.id == QueuedStart.project_id)
            .join(Plan, Plan.code == Project.plan_code)
        )
        .where(or_(~may_wait, and_(has_its_time, ~open_hold.is_held(queued.project_id))))
        .distinct()
        .order_by(QueuedStart.project_id)
    )
    return db.session.scalars(statement).all()


def is_unserved(line: Sequence[QueuedStart], slots: Slots | None, *, is_held: bool) -> bool:
    """Return whether the first of a queue has waited for a while although a slot is free for it."""
    has_a_slot = slots is not None and not slots.full
    return has_a_slot and not is_held and any(is_overdue(each.queued_at) for each in line[:1])


def _moved(order: list[int], test_id: int, position: int) -> list[int]:
    others = [each for each in order if each != test_id]
    at = min(max(position - 1, 0), len(others))
    return [*others[:at], test_id, *others[at:]]


def _queued(work: UnitOfWork, test_id: int, expected: Precondition | None) -> Subject:
    experiment = subjects.load(work, test_id)
    preconditions.require(work, experiment, expected)
    if not experiment.is_queued:
        raise NotFound("It is not in the queue.")
    return experiment
