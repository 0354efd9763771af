"""Requests for more slots: from somebody at the plan's limit to whoever keeps the plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.rights import require_admin
from app.core.errors import Forbidden, NotFound
from app.database import audit, plan_limits
from app.database.audit import Deed
from app.database.engine import db
from app.database.transactions import writing
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import queue, queue_processing, transitions
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queue import Asked
from app.lifecycle.refusals import RefusalCode, Refused
from app.lifecycle.slots import Slots
from app.models import (
    Actor,
    AnnouncementKind,
    AuditKind,
    CauseKind,
    Plan,
    Project,
    QueuedStart,
    SlotRequest,
    Status,
    now,
)
from app.notifications.outbox import Announcement, announce

MOST_LISTED = 50


@dataclass(frozen=True)
class OpenRequest:
    """A request that waits for an answer, and whether its experiment still waits for a slot.

    The slots are its project's, without those who hold them.
    """

    request: SlotRequest
    is_queued: bool
    slots: Slots


def ask(
    project_id: int,
    test_id: int,
    actor: Actor,
    queue_until: datetime,
    expected: Precondition | None = None,
) -> Asked:
    """Ask for a slot for an experiment, and queue its start, in one unit of work.

    It starts by itself once an admin gives the project more slots, or at once where one is free.
    Somebody has one open request in a project: asked again, for whichever experiment, it stays.
    Where the queue is full, the request is made all the same. Raises NotFound, Refused for what
    could not be started with a slot either and for what has changed since `expected`, and Forbidden
    for anybody but a person.
    """
    if actor.user_id is None:
        raise Forbidden("A person asks for slots: sign in.")
    with transitions.deciding(project_id, test_id, Status.RUNNING, actor) as work:
        entry_id = _start_or_queue(work, test_id, queue_until, expected)
        is_open = work.session.scalar(_open(project_id, actor.user_id)) is not None
        if entry_id is None and not is_open:
            work.session.add(
                SlotRequest(project_id=project_id, user_id=actor.user_id, test_id=test_id)
            )
            audit.enter_of(work, Deed(AuditKind.SLOTS_REQUESTED))
            announce(work.session, _requested(project_id, test_id, actor))
        return queue.asked(work, test_id, entry_id)


def _start_or_queue(
    work: UnitOfWork, test_id: int, queue_until: datetime, expected: Precondition | None
) -> int | None:
    try:
        return queue_processing.start_or_queue(work, test_id, queue_until, expected)
    except Refused as refused:
        if refused.refusal.code is not RefusalCode.QUEUE_FULL:
            raise
        return None


def asked_at(project_id: int, user_id: int | None) -> datetime | None:
    """Return when somebody's open request in a project was made, None without one."""
    request = db.session.scalar(_open(project_id, user_id))
    return request.asked_at if request else None


def listed() -> Sequence[OpenRequest]:
    """Return the open requests, oldest first, at most 50, with their projects and people."""
    statement = _READ.where(SlotRequest.closed_at.is_(None))
    in_order = statement.order_by(SlotRequest.asked_at, SlotRequest.id).limit(MOST_LISTED)
    return [_listed(row) for row in db.session.execute(in_order)]


def count() -> int:
    """Return how many requests are open."""
    statement = select(func.count()).where(SlotRequest.closed_at.is_(None))
    return db.session.scalar(statement) or 0


def close(request_id: int, actor: Actor) -> None:
    """Answer a request; again changes nothing.

    Raises NotFound when there is none of this number, and Forbidden for who is no admin.
    """
    with writing() as session:
        request = session.get(SlotRequest, request_id, with_for_update=True)
        require_admin(session, actor)
        if request is None:
            raise NotFound("Request not found.")
        if request.closed_at is None:
            request.closed_at, request.closed_by_id = now(), actor.user_id
            answered = Deed(AuditKind.REQUEST_ANSWERED, f"request {request_id}")
            audit.enter(session, actor, answered, request.project_id)
            announce(session, _answered(request, actor))


def _requested(project_id: int, test_id: int, actor: Actor) -> Announcement:
    kind = AnnouncementKind.SLOTS_REQUESTED
    return Announcement(kind, project_id, {}, test_id, actor, CauseKind.REQUEST)


def _answered(request: SlotRequest, actor: Actor) -> Announcement:
    return Announcement(
        AnnouncementKind.SLOTS_ANSWERED,
        request.project_id,
        {},
        request.test_id,
        actor,
        CauseKind.REQUEST,
        for_user_id=request.user_id,
    )


_READ = plan_limits.joined(
    select(
        SlotRequest,
        exists().where(QueuedStart.test_id == SlotRequest.test_id),
        Plan.name,
        plan_limits.LIMIT,
        Project.running_count,
        *plan_limits.COLUMNS,
    )
    .join(SlotRequest.project)
    .join(Project.plan)
    .options(
        contains_eager(SlotRequest.project),
        joinedload(SlotRequest.user),
        joinedload(SlotRequest.experiment),
    )
)


def _listed(row: Row[*tuple[Any, ...]]) -> OpenRequest:
    request, is_queued, plan_name, limit, running = row[:5]
    slots = Slots(plan_name, limit, running, (), plan_limits.of(row))
    return OpenRequest(request, is_queued, slots)


def _open(project_id: int, user_id: int | None) -> Select[SlotRequest]:
    return select(SlotRequest).where(
        SlotRequest.project_id == project_id,
        SlotRequest.user_id == user_id,
        SlotRequest.closed_at.is_(None),
    )
