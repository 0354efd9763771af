"""Overrides: another limit for one project until a moment, for a reason.

At its end nothing is stopped: what runs goes on, and new starts are refused under the plan's limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.rights import changing_as_admin
from app.core.errors import ChangedMeanwhile, InvalidInput
from app.core.validation import checked_note
from app.core.version_tokens import ANYTHING, Condition, digest
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.unit_of_work import UnitOfWork, changing
from app.models import Actor, AuditKind, CauseKind, Door, PlanOverride, Project, now
from app.tenancy import limits, plans, projects
from app.tenancy.agreements import TO_ANY, Consent, Effects, require_agreed
from app.tenancy.limits import Standing

LONGEST_AHEAD = timedelta(days=2 * 365)


@dataclass(frozen=True)
class Grant:
    """Another limit for a project, None for unlimited, until when, and why."""

    limit: int | None
    until: datetime
    reason: str


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
    asked: Grant,
    actor: Actor,
    agreed: Consent = TO_ANY,
    condition: Condition = ANYTHING,
) -> Effects:
    """Give a project another limit until a moment, in place of one that it has.

    A higher limit than the present one starts what waits for a slot, as a raised limit of its plan
    does, and a lower one stops nothing. Returns what followed. Raises NotAgreed where that is not
    `agreed` to, ChangedMeanwhile for an override of which the `condition` is not met, NotFound,
    Forbidden for who is no admin, and InvalidInput for a limit, a moment or a reason that cannot
    be.
    """
    asked = _checked(asked)
    project_id = projects.by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        project = work.session.get_one(Project, project_id)
        projects.require_whole(project)
        _end_what_is_over(work, now())
        present = work.session.get(PlanOverride, project_id)
        _require(present, condition)
        before = _standing(work)
        changes = changed(
            experiments_running=(before.limit, asked.limit),
            until=(_written(present and present.until), _written(asked.until)),
        )
        _put(work, present or PlanOverride(project_id=project_id), asked)
        _enter(work, Deed(AuditKind.OVERRIDE_GIVEN, project.name, changes, reason=asked.reason))
        return _followed(work, before, agreed)


def take_back(
    key: str, actor: Actor, agreed: Consent = TO_ANY, condition: Condition = ANYTHING
) -> Effects:
    """End a project's override before its time; where the plan allows more, what waits starts.

    Returns what followed, and asks for agreement to it as `give` does; without an override it
    changes nothing. Raises NotFound, Forbidden for who is no admin, and ChangedMeanwhile as `give`.
    """
    project_id = projects.by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        _end_what_is_over(work, now())
        override = work.session.get(PlanOverride, project_id)
        _require(override, condition)
        if override is None:
            return Effects()
        before = _standing(work)
        _remove(work, override, AuditKind.OVERRIDE_TAKEN_BACK)
        return _followed(work, before, agreed)


def ended_project_ids(moment: datetime) -> Sequence[int]:
    """Return the projects whose override has come to its end by a moment."""
    statement = select(PlanOverride.project_id).where(PlanOverride.until <= moment)
    return db.session.scalars(statement.order_by(PlanOverride.project_id)).all()


def end(project_id: int, moment: datetime) -> None:
    """Take away a project's override if its time is up, and tell its pages.

    Where the plan allows more, what waits starts, because of whoever had given the override.
    """
    with changing(project_id, Actor(Door.SCHEDULE)) as work:
        _end_what_is_over(work, moment)


def token_of(override: PlanOverride | None) -> str:
    """Return a text that is another whenever a project's override is; None is for none."""
    if override is None:
        return digest()
    return digest(override.experiments_running, override.until, override.reason)


def checked_until(until: datetime) -> datetime:
    """Return when an override ends; InvalidInput for what is past, or more than two years ahead."""
    if until <= now():
        raise InvalidInput("This moment is past.", "until")
    if until > now() + LONGEST_AHEAD:
        raise InvalidInput("At most two years ahead.", "until")
    return until


def _checked(asked: Grant) -> Grant:
    return Grant(
        plans.checked_limit(asked.limit),
        checked_until(asked.until),
        checked_note(asked.reason, "reason"),
    )


def _require(present: PlanOverride | None, condition: Condition) -> None:
    if not condition.is_met_by(token_of(present)):
        raise ChangedMeanwhile("The limit is not as it was to be. Nothing was done.")


def _put(work: UnitOfWork, override: PlanOverride, asked: Grant) -> None:
    override.experiments_running, override.until = asked.limit, asked.until
    override.reason, override.given_at, override.user_id = asked.reason, now(), work.actor.user_id
    work.session.add(override)


def _end_what_is_over(work: UnitOfWork, moment: datetime) -> None:
    """Do what `end` does, whoever else comes to the project before the jobs do."""
    override = work.session.get(PlanOverride, work.project_id)
    if override is None or override.until > moment:
        return
    # By the clock it counts no more already.
    before = replace(_standing(work), limit=override.experiments_running)
    _remove(work.acted_by(Actor(Door.SCHEDULE)), override, AuditKind.OVERRIDE_ENDED)
    giver = Actor(Door.SCHEDULE, user_id=override.user_id)
    ended = f"The limit of {override.experiments_running} ended, as its time was up."
    _followed(work.acted_by(giver), before, TO_ANY, ended)


def _remove(work: UnitOfWork, override: PlanOverride, kind: AuditKind) -> None:
    """Delete an override, and enter that."""
    project = work.session.get_one(Project, work.project_id)
    work.session.delete(override)
    work.session.flush()
    changes = changed(
        experiments_running=(override.experiments_running, _standing(work).limit),
        until=(_written(override.until), None),
    )
    _enter(work, Deed(kind, project.name, changes))


def _enter(work: UnitOfWork, deed: Deed) -> None:
    audit.enter_of(work, deed)
    project_row.bump_version(work.session, work.project_id)


def _followed(work: UnitOfWork, before: Standing, agreed: Consent, detail: str = "") -> Effects:
    """Start what a higher limit has slots for, and return what followed from the new one."""
    was, is_now = {work.project_id: before}, {work.project_id: _standing(work)}
    effects = limits.follow(work.session, was, is_now, work.actor, CauseKind.RAISED_LIMIT, detail)
    require_agreed(effects, agreed)
    return effects


def _standing(work: UnitOfWork) -> Standing:
    """Return how the project stands now."""
    return limits.read(work.session, Project.id == work.project_id)[work.project_id]


def _written(until: datetime | None) -> str | None:
    return until.isoformat(timespec="seconds") if until else None
