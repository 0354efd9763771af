"""Requests for more slots: from somebody at the plan's limit to whoever keeps the plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from app.core.errors import Conflict, Forbidden, NotFound
from app.core.validation import checked_reason
from app.database.engine import db
from app.database.rows import audit, plan_limits
from app.database.rows.audit import Deed, changed
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import demand, transitions
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queueing import queue, queue_processing
from app.lifecycle.queueing.queue import Asked
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
    RequestOutcome,
    SlotRequest,
    Status,
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
    note: str = "",
) -> Asked:
    """Ask for a slot for an experiment, and queue its start, in one unit of work.

    It starts by itself once an admin gives the project more slots, or at once where one is free.
    Somebody has one open request in a project: asked again, for whichever experiment, it stays, but
    for another `note`. Where the queue is full, the request is made all the same. Raises NotFound,
    Refused for what could not be started with a slot either and for what has changed since
    `expected`, Forbidden for anybody but a person, and InvalidInput for a note that cannot be kept.
    """
    if actor.user_id is None:
        raise Forbidden("A person asks for slots: sign in.")
    note = checked_reason(note, "note")
    with transitions.deciding(project_id, test_id, Status.RUNNING, actor) as work:
        entry_id = _start_or_queue(work, test_id, queue_until, expected)
        if entry_id is None:
            _enter(work, actor.user_id, test_id, note)
        return queue.asked(work, test_id, entry_id)


def is_open(project_id: int, user_id: int) -> bool:
    """Return whether somebody has a request in a project that waits for an answer."""
    return db.session.scalar(_open(project_id, user_id)) is not None


def _enter(work: UnitOfWork, user_id: int, test_id: int, note: str) -> None:
    """Make somebody's request, or keep the note with the one that is open."""
    request = work.session.scalar(_open(work.project_id, user_id))
    if request is not None:
        _note(work, request, note)
        return
    work.session.add(
        SlotRequest(project_id=work.project_id, user_id=user_id, test_id=test_id, note=note)
    )
    audit.enter_of(work, Deed(AuditKind.SLOTS_REQUESTED, reason=note))
    demand.count(work, requests=1)
    announce(work.session, _requested(work.project_id, test_id, work.actor, note))


def _note(work: UnitOfWork, request: SlotRequest, note: str) -> None:
    """Put another note in the place of a request's; "" leaves the one that it has."""
    if note in ("", request.note):
        return
    changes = changed(note=(request.note or None, note))
    request.note = note
    audit.enter_of(work, Deed(AuditKind.REQUEST_NOTED, changes=changes, reason=note))


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


def open_one(request_id: int) -> OpenRequest:
    """Return a request that is open; NotFound for none, and Conflict for an answered one."""
    row = db.session.execute(_READ.where(SlotRequest.id == request_id)).first()
    if row is None:
        raise NotFound("Request not found.")
    found = _listed(row)
    require_open(found.request)
    return found


def require_open(request: SlotRequest) -> None:
    """Raise Conflict where a request is answered, or was closed with its author's account."""
    if request.closed_at is None:
        return
    is_withdrawn = request.outcome is RequestOutcome.WITHDRAWN
    why = "whoever asked is deactivated" if is_withdrawn else "somebody has answered it"
    raise Conflict(f"This request is closed already: {why}. Nothing changes.")


def _requested(project_id: int, test_id: int, actor: Actor, note: str) -> Announcement:
    kind = AnnouncementKind.SLOTS_REQUESTED
    return Announcement(kind, project_id, {"note": note}, test_id, actor, CauseKind.REQUEST)


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
