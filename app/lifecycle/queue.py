"""The queue of a project: experiments that start when a slot frees, in an order that people set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core import project_row
from app.core.database import db
from app.core.errors import Conflict, NotFound
from app.core.transactions import writing
from app.lifecycle import apply, queue_processing, store, transitions
from app.lifecycle import pending as waiting_line
from app.lifecycle.rules import Contract
from app.models import (
    Actor,
    ApiKey,
    Kind,
    Membership,
    Plan,
    Project,
    QueuedStart,
    Role,
    Status,
)


@dataclass(frozen=True)
class Asked:
    """What came of asking for a slot: the experiment runs, or waits at a position, 1 being next."""

    status: Status
    position: int | None


def join(
    project_id: int,
    test_id: int,
    actor: Actor,
    queue_until: datetime,
    seen: datetime | None = None,
) -> Asked:
    """Start an experiment when a slot frees, or at once where one is free, in one unit of work.

    It waits until `queue_until` at the longest. Asked for again, it keeps its place. Raises
    NotFound, and Refused for what could not be started with a slot either, and for what has changed
    since `seen`; history keeps what was refused.
    """
    with transitions.deciding(project_id, test_id, Status.RUNNING, actor) as session:
        status = queue_processing.start_or_queue(
            session, project_id, test_id, actor, queue_until, seen
        )
        return Asked(status, _position(session, project_id, test_id))


def leave(project_id: int, test_id: int, actor: Actor) -> None:
    """Take an experiment out of the queue. NotFound when it does not wait in it."""
    with writing() as session:
        project_row.lock_project(session, project_id)
        experiment = apply.known(session, project_id, test_id, Contract.NAMES)
        if not experiment.is_queued:
            raise NotFound("It is not in the queue.")
        apply.drop_from_queue(session, experiment, actor, "Taken out by hand.")


def move(
    project_id: int, test_id: int, position: int, actor: Actor, seen_at: int | None = None
) -> int:
    """Give a queued experiment another position, 1 being next; gives the one that it has then.

    A position before the first or behind the last is that one. NotFound when it does not wait, and
    Conflict when it does not wait at the position that it was `seen_at`, if that is said.
    """
    with writing() as session:
        project_row.lock_project(session, project_id)
        experiment = apply.known(session, project_id, test_id, Contract.NAMES)
        if not experiment.is_queued:
            raise NotFound("It is not in the queue.")
        before = [each.test_id for each in waiting_line.line(session, project_id)]
        if seen_at not in (None, before.index(test_id) + 1):
            raise Conflict("The queue was changed after you looked. Nothing has been moved.")
        after = _moved(before, test_id, position)
        reached = after.index(test_id) + 1
        if after != before:
            for place, moved in enumerate(after, start=1):
                waiting_line.place(session, moved, place)
            store.enter(session, experiment, Kind.QUEUED, actor, f"Moved to place {reached}.")
        return reached


def listed(project_id: int) -> Sequence[QueuedStart]:
    """The queued starts of a project, the next one first, with their experiments and authors."""
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


def order(project_id: int) -> list[int]:
    """The test ids of what waits in a project, the next one first."""
    return [each.test_id for each in waiting_line.line(db.session(), project_id)]


def serve(project_id: int) -> None:
    """Drop from a project's queue who may not start any more, and start what finds a slot."""
    with writing() as session:
        project_row.lock_project(session, project_id)
        for waiting in waiting_line.line(session, project_id):
            queue_processing.drop_if_lapsed(session, project_id, waiting)
        queue_processing.fill_slots(session, project_id)


def project_ids_to_serve(moment: datetime) -> Sequence[int]:
    """The projects whose queue has a slot, or somebody who may not wait any more.

    Looked for without a lock: it is decided when the queue is served.
    """
    key_has_ended = exists().where(
        ApiKey.id == QueuedStart.api_key_id,
        or_(ApiKey.revoked_at.is_not(None), ApiKey.expires_at <= moment),
    )
    may_change = exists().where(
        Membership.project_id == QueuedStart.project_id,
        Membership.user_id == QueuedStart.user_id,
        Membership.role != Role.VIEWER,
    )
    has_a_slot = or_(
        Plan.experiments_running.is_(None), Project.running_count < Plan.experiments_running
    )
    has_lapsed = or_(
        QueuedStart.expires_at <= moment,
        key_has_ended,
        and_(QueuedStart.user_id.is_not(None), ~may_change),
    )
    statement = (
        select(QueuedStart.project_id)
        .join(Project, Project.id == QueuedStart.project_id)
        .join(Plan, Plan.code == Project.plan_code)
        .where(or_(has_a_slot, has_lapsed))
        .distinct()
        .order_by(QueuedStart.project_id)
    )
    return db.session.scalars(statement).all()


def _moved(order: list[int], test_id: int, position: int) -> list[int]:
    others = [each for each in order if each != test_id]
    at = min(max(position - 1, 0), len(others))
    return [*others[:at], test_id, *others[at:]]


def _position(session: Session, project_id: int, test_id: int) -> int | None:
    order = [each.test_id for each in waiting_line.line(session, project_id)]
    return order.index(test_id) + 1 if test_id in order else None
