"""Requests that somebody known was refused for want of a right, told in the audit trail."""

from typing import cast

from flask import Flask, current_app, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import current_request
from app.core.cache import Recent
from app.core.errors import Conflict, Forbidden
from app.core.rare_logs import first_line, log_rarely
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.models import Actor, ApiKey, AuditKind, Door, Project
from app.web.request_kinds import first_part
from app.web.request_log import logs

EXTENSION = "switchyard_refused_requests"
# Whoever asks for the same again and again does not fill the trail.
SECONDS_BETWEEN = 60.0
MOST_REMEMBERED = 10_000

_DOORS = {"v2": Door.INTEGERS, "api": Door.NAMES}
Refused = tuple[str, int | None, str | None, int | None]


def register(app: Flask) -> None:
    """Give the application a memory of what it has told of late."""
    app.extensions[EXTENSION] = Recent[Refused, bool](SECONDS_BETWEEN, MOST_REMEMBERED)


def tell(error: Forbidden) -> None:
    """Enter that this request is refused; once a minute, of a caller, an endpoint and a project.

    What keeps it from being entered is logged: the answer is the same.
    """
    caller = current_request.caller()
    if caller is None:
        return
    told = cast("Recent[Refused, bool]", current_app.extensions[EXTENSION])
    actor = _actor(*caller)
    try:
        project_id = _project_id(actor)
        refused = (*caller, request.endpoint, project_id)
        told.get(refused, lambda: _enter(actor, project_id, str(error)))
    except (SQLAlchemyError, Conflict) as kept_by:
        log_rarely("audit", "a refusal is not in the audit trail: %s", first_line(kept_by))


def _enter(actor: Actor, project_id: int | None, sentence: str) -> bool:
    path = logs.shown_path(request.path)
    deed = Deed(AuditKind.NOT_ALLOWED, f"{request.method} {path}", detail=sentence)
    with current_request.beside_it(), writing() as session:
        audit.enter(session, actor, deed, project_id)
    return True


def _actor(kind: str, identity: int | None) -> Actor:
    if kind == "user":
        return Actor(Door.BROWSER, user_id=identity)
    return Actor(_DOORS.get(first_part(request.path), Door.NAMES), api_key_id=identity)


def _project_id(actor: Actor) -> int | None:
    """Return the project that the request is about, None for none."""
    if actor.api_key_id is not None:
        statement = select(ApiKey.project_id).where(ApiKey.id == actor.api_key_id)
    else:
        key = (request.view_args or {}).get("project_key")
        statement = select(Project.id).where(Project.key == key)
    return db.session.scalar(statement)
