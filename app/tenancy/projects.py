"""Projects: created, renamed, given a time zone, retired, brought back."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager

from slugify import slugify
from sqlalchemy import select

from app import lifecycle
from app.accounts.rights import changing_as_admin, changing_by_right, require_admin
from app.core.days import checked_zone
from app.core.errors import InvalidInput, NotFound
from app.core.validation import checked_name
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached, writing
from app.database.unit_of_work import UnitOfWork
from app.models import (
    UTC_ZONE,
    Actor,
    AuditKind,
    Membership,
    Project,
    QueuedStart,
    Role,
    ScheduledChange,
    ScheduledRise,
    now,
)
from app.tenancy import plans

_KEY_BASE_LENGTH = 40
_PLANNED = (
    (QueuedStart, "queued"),
    (ScheduledChange, "scheduled"),
    (ScheduledRise, "scheduled"),
)


def create(
    name: str,
    plan_code: int,
    actor: Actor,
    owner_id: int | None = None,
    time_zone: str = UTC_ZONE,
) -> Project:
    """Create a project on a plan, with its first owner if one is named.

    Raises InvalidInput for a bad name, a time zone that is none or an unknown plan, and Forbidden
    for who is no admin.
    """
    name, time_zone = checked_name(name), checked_zone(time_zone)
    base = slugify(name, max_length=_KEY_BASE_LENGTH) or "project"
    with writing() as session:
        require_admin(session, actor)
        plans.require_offered(plans.chosen(session, plan_code))
        key = f"{base}-{secrets.token_hex(4)}"
        project = Project(key=key, name=name, plan_code=plan_code, time_zone=time_zone)
        session.add(project)
        session.flush()
        if owner_id is not None:
            session.add(Membership(project_id=project.id, user_id=owner_id, role=Role.OWNER))
        made = Deed(AuditKind.PROJECT_CREATED, name, changed(plan=(None, plan_code)))
        audit.enter(session, actor, made, project.id)
        return detached(session, project)


def rename(key: str, name: str, actor: Actor) -> Project:
    """Give a project another name; its key stays. Raises NotFound, Forbidden and InvalidInput."""
    name = checked_name(name)
    with _changing_row(key, actor) as (work, project):
        if changes := changed(name=(project.name, name)):
            audit.enter_of(work, Deed(AuditKind.PROJECT_RENAMED, project.name, changes))
        project.name = name
        return detached(work.session, project)


def set_time_zone(project_id: int, name: str, actor: Actor) -> None:
    """Have the days of what is started from now on begin by another clock.

    Raises InvalidInput for a time zone that is none, and Forbidden for who is no owner.
    """
    zone = checked_zone(name)
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        project = work.session.get_one(Project, project_id)
        if changes := changed(time_zone=(project.time_zone, zone)):
            project.time_zone = zone
            audit.enter_of(work, Deed(AuditKind.TIME_ZONE_CHANGED, changes=changes))
            project_row.bump_version(work.session, project_id)


def retire(key: str, actor: Actor) -> Project:
    """Close a project: its keys open nothing, its members are told; what it recorded is kept.

    Raises NotFound, Forbidden, and InvalidInput where anything is live, shipped, queued or
    scheduled in it.
    """
    with _changing_row(key, actor) as (work, project):
        session = work.session
        if project.running_count:
            raise InvalidInput("Something is live in it: pause it first.")
        if lifecycle.shipped_in(project.id):
            raise InvalidInput("Something is shipped in it: stop serving it first.")
        for waits, words in _PLANNED:
            if session.scalar(select(waits.test_id).where(waits.project_id == project.id).limit(1)):
                raise InvalidInput(f"Something is {words} in it: take that back first.")
        if project.retired_at is None:
            project.retired_at = now()
            audit.enter_of(work, Deed(AuditKind.PROJECT_RETIRED, project.name))
        return detached(session, project)


def bring_back(key: str, actor: Actor) -> Project:
    """Open a retired project again. Raises NotFound, Forbidden, InvalidInput for half of one."""
    with _changing_row(key, actor) as (work, project):
        if project.retired_at is not None:
            project.retired_at = None
            audit.enter_of(work, Deed(AuditKind.PROJECT_BROUGHT_BACK, project.name))
        return detached(work.session, project)


def require_whole(project: Project) -> None:
    """Raise InvalidInput where a project is being erased."""
    if project.is_being_erased:
        raise InvalidInput(
            f"“{project.name}” is being erased: nothing of it can be changed or brought back."
        )


@contextmanager
def _changing_row(key: str, actor: Actor) -> Generator[tuple[UnitOfWork, Project]]:
    """Begin a unit of work of an admin that changes what the project's own row says.

    Raises InvalidInput where it is being erased.
    """
    project_id = by_key(key).id
    with changing_as_admin(project_id, actor) as work:
        project = work.session.get_one(Project, project_id)
        require_whole(project)
        yield work, project
        project_row.bump_version(work.session, project_id)


def by_key(key: str) -> Project:
    """Return the project with this key; NotFound when there is none."""
    project = db.session.scalar(select(Project).where(Project.key == key))
    if project is None:
        raise NotFound("Project not found.")
    return project
