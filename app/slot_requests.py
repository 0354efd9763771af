"""Requests for more slots: from somebody at the plan's limit to whoever keeps the plans."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app import ledger
from app.errors import NotFound
from app.extensions import db
from app.models import Project, SlotRequest, now
from app.transactions import writing

MOST_LISTED = 50


def ask(project_id: int, user_id: int, test_id: int) -> datetime:
    """Ask for a slot for an experiment, and give when it was asked first.

    Somebody has one open request in a project: asked again, for whichever experiment, it stays.
    Raises NotFound when the project has no such experiment.
    """
    with writing() as session:
        ledger.lock_project(session, project_id)
        if ledger.read(session, project_id, test_id) is None:
            raise NotFound("Experiment not found.")
        request = session.scalar(_open(project_id, user_id))
        if request is None:
            request = SlotRequest(project_id=project_id, user_id=user_id, test_id=test_id)
            session.add(request)
            session.flush()
        return request.asked_at


def asked_at(project_id: int, user_id: int) -> datetime | None:
    """When somebody's open request in a project was made, None without one."""
    request = db.session.scalar(_open(project_id, user_id))
    return request.asked_at if request else None


def listed() -> Sequence[SlotRequest]:
    """The open requests, the oldest first, at most 50, each with its project, plan and people."""
    statement = (
        select(SlotRequest)
        .where(SlotRequest.closed_at.is_(None))
        .options(
            joinedload(SlotRequest.project).joinedload(Project.plan),
            joinedload(SlotRequest.user),
            joinedload(SlotRequest.experiment),
        )
        .order_by(SlotRequest.asked_at, SlotRequest.id)
        .limit(MOST_LISTED)
    )
    return db.session.scalars(statement).all()


def count() -> int:
    """How many requests are open."""
    statement = select(func.count()).where(SlotRequest.closed_at.is_(None))
    return db.session.scalar(statement) or 0


def close(request_id: int, admin_id: int) -> None:
    """Answer a request; again changes nothing. NotFound when there is none of this number."""
    with writing() as session:
        request = session.get(SlotRequest, request_id, with_for_update=True)
        if request is None:
            raise NotFound("Request not found.")
        if request.closed_at is None:
            request.closed_at, request.closed_by_id = now(), admin_id


def _open(project_id: int, user_id: int) -> Select[SlotRequest]:
    return select(SlotRequest).where(
        SlotRequest.project_id == project_id,
        SlotRequest.user_id == user_id,
        SlotRequest.closed_at.is_(None),
    )
