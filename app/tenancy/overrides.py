"""Overrides: another limit for one project until a moment, for a reason.

At its end nothing is stopped: what runs goes on, and new starts are refused under the plan's limit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.rights import changing_as_admin
from app.core.errors import InvalidInput, NotFound
from app.core.validation import checked_note
from app.database import audit, project_row
from app.database.audit import Deed, changed
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import queue_processing, slots
from app.models import Actor, AuditKind, CauseKind, Door, PlanOverride, Project, now
from app.tenancy import plans, projects
from app.tenancy.agreements import Start, require_agreed, starts_of

LONGEST_AHEAD = timedelta(days=2 * 365)


def of(project_id: int) -> PlanOverride | None:
    """Return a project's override with who gave it, None without one that is in force."""
    statement = (
        select(PlanOverride)
        .where(PlanOverride.project_id == project_id, PlanOverride.until > now())
        .options(joinedload(PlanOverride.user))
    )
    return db.session.scalar(statement)


def give(
    key: str,
    limit: int | None,
    until: datetime,
    reason: str,
    actor: Actor,
    agreed: str | None = None,
) -> Sequence[Start]:
    """Give a project another limit until a moment, in place of one that it has; None is unlimited.

    A higher limit than the present one starts what waits for a slot, as a raised limit of its plan
    does, and a lower one stops nothing. Returns what was started. With a text in `agreed` it starts
    only what that agrees to, and otherwise raises NotAgreed. Raises NotFound, Forbidden for who is
    no admin, and InvalidInput for a limit, a moment or a reason that cannot be.
    """
    limit, until = plans.checked_limit(limit), checked_until(until)
    reason = checked_note(reason, "reason")
    project_id = projects.by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        project = work.session.get_one(Project, project_id)
        projects.require_whole(project)
        before = _limit(work)
        override = work.session.get(PlanOverride, project_id) or PlanOverride(project_id=project_id)
        changes = changed(
            experiments_running=(before, limit), until=(_written(override.until), _written(until))
        )
        override.experiments_running, override.until, override.reason = limit, until, reason
        override.given_at, override.user_id = now(), actor.user_id
        work.session.add(override)
        _enter(work, Deed(AuditKind.OVERRIDE_GIVEN, project.name, changes, reason=reason))
        return _filled(work, project.name, before, agreed)


def take_back(key: str, actor: Actor, agreed: str | None = None) -> Sequence[Start]:
    """End a project's override before its time; where the plan allows more, what waits starts.

    Returns what was started, and asks for agreement to it as `give` does. Raises NotFound where
    there is none, and Forbidden for who is no admin.
    """
    project_id = projects.by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        override = work.session.get(PlanOverride, project_id)
        if override is None:
            raise NotFound("This project has the limit of its plan.")
        name = _remove(work, override, AuditKind.OVERRIDE_TAKEN_BACK)
        return _filled(work, name, override.experiments_running, agreed)


def ended_project_ids(moment: datetime) -> Sequence[int]:
    """Return the projects whose override has come to its end by a moment."""
    statement = select(PlanOverride.project_id).where(PlanOverride.until <= moment)
    return db.session.scalars(statement.order_by(PlanOverride.project_id)).all()


def end(project_id: int, moment: datetime) -> None:
    """Take away a project's override if its time is up, and tell its pages.

    Where the plan allows more, what waits starts, because of whoever had given the override.
    """
    with changing(project_id, Actor(Door.SCHEDULE)) as work:
        override = work.session.get(PlanOverride, project_id)
        if override is None or override.until > moment:
            return
        name = _remove(work, override, AuditKind.OVERRIDE_ENDED)
        giver = Actor(Door.SCHEDULE, user_id=override.user_id)
        _filled(work.acted_by(giver), name, override.experiments_running)


def checked_until(until: datetime) -> datetime:
    """Return when an override ends; InvalidInput for what is past, or more than two years ahead."""
    if until <= now():
        raise InvalidInput("This moment is past.", "until")
    if until > now() + LONGEST_AHEAD:
        raise InvalidInput("At most two years ahead.", "until")
    return until


def _remove(work: UnitOfWork, override: PlanOverride, kind: AuditKind) -> str:
    """Delete an override, enter that, and return the name of its project."""
    project = work.session.get_one(Project, work.project_id)
    work.session.delete(override)
    work.session.flush()
    changes = changed(
        experiments_running=(override.experiments_running, _limit(work)),
        until=(_written(override.until), None),
    )
    _enter(work, Deed(kind, project.name, changes))
    return project.name


def _enter(work: UnitOfWork, deed: Deed) -> None:
    audit.enter_of(work, deed)
    project_row.bump_version(work.session, work.project_id)


def _filled(
    work: UnitOfWork, project_name: str, before: int | None, agreed: str | None = None
) -> Sequence[Start]:
    """Start what a limit that is higher than `before` has slots for, and return that."""
    if not plans.is_raised(before, _limit(work)):
        return ()
    filled = queue_processing.fill_slots(work.causing(CauseKind.RAISED_LIMIT))
    started = starts_of(filled, project_name)
    require_agreed(started, agreed)
    return started


def _limit(work: UnitOfWork) -> int | None:
    """Return the limit that the project has now."""
    found = slots.read(work)
    return found.limit if found else 0


def _written(until: datetime | None) -> str | None:
    return until.isoformat(timespec="seconds") if until else None
