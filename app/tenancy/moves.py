"""Projects moved to a plan: one or many in one unit of work."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.rights import require_admin
from app.core.errors import NotFound
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached, writing
from app.models import Actor, AuditKind, CauseKind, Plan, Project
from app.tenancy import limits, plans, projects
from app.tenancy.agreements import TO_ANY, Consent, Effects, require_agreed


@dataclass(frozen=True)
class Moved:
    """A project, the name of the plan that it was on, and what its new limit has brought.

    It has not `changed` where it was on the plan already.
    """

    key: str
    name: str
    before: str
    changed: bool
    effects: Effects


@dataclass(frozen=True)
class Moves:
    """What came of moving projects to a plan, project by project, and all that followed."""

    plan: Plan
    projects: tuple[Moved, ...]
    effects: Effects


def move(keys: Sequence[str], plan_code: int, actor: Actor, agreed: Consent = TO_ANY) -> Moves:
    """Put projects on another plan; what runs goes on, and what waits gets the slots it brings.

    Raises NotAgreed where that brings what is not `agreed` to, NotFound for an unknown project,
    InvalidInput for a plan that is none or is retired, and Forbidden for who is no admin.
    """
    with writing() as session:
        plan = plans.chosen(session, plan_code)
        are_meant = Project.key.in_(keys)
        before = limits.lock(session, are_meant)
        # Here, since it is the projects that it may have waited for.
        require_admin(session, actor)
        moving = _found(session, keys)
        were_on = {project.key: (project.plan.name, project.plan != plan) for project in moving}
        for project in moving:
            _put(session, project, plan, actor)
        session.flush()
        after = limits.read(session, are_meant)
        effects = limits.follow(session, before, after, actor, CauseKind.MOVED_PROJECT)
        require_agreed(effects, agreed)
        told = [
            Moved(each.key, each.name, *were_on[each.key], effects.of(each.key)) for each in moving
        ]
        return Moves(detached(session, plan), tuple(told), effects)


def _found(session: Session, keys: Sequence[str]) -> Sequence[Project]:
    """Return the projects with these keys, by name, with their plans."""
    statement = (
        select(Project)
        .where(Project.key.in_(keys))
        .options(joinedload(Project.plan))
        .order_by(Project.sort_name, Project.id)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(statement).all()
    if missing := {*keys} - {project.key for project in found}:
        raise NotFound(f"Project not found: {', '.join(sorted(missing))}.")
    return found


def _put(session: Session, project: Project, plan: Plan, actor: Actor) -> None:
    projects.require_whole(project)
    if changes := changed(plan=(project.plan_code, plan.code)):
        plans.require_offered(plan)
        moved = Deed(AuditKind.PROJECT_MOVED, project.name, changes)
        audit.enter(session, actor, moved, project.id)
    project.plan_code = plan.code
    project_row.bump_version(session, project.id)
