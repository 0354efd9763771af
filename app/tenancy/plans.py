"""Plans: what an admin keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from app.accounts.rights import require_admin
from app.core.errors import AlreadyExists, InvalidInput, NotFound
from app.core.validation import LARGEST_NUMBER, checked_name
from app.database import audit
from app.database.audit import Deed, changed
from app.database.engine import db
from app.database.project_row import NEXT_VERSION
from app.database.transactions import detached, writing
from app.database.unit_of_work import within
from app.lifecycle import queue_processing
from app.models import Actor, AuditKind, CauseKind, Plan, Project, QueuedStart
from app.tenancy.agreements import Start, require_agreed, starts_of


@dataclass(frozen=True)
class Saved:
    """A plan as it is kept, and what its higher limit has started."""

    plan: Plan
    started: Sequence[Start]


def listed() -> Sequence[Plan]:
    """Return all plans, by code."""
    return db.session.scalars(select(Plan).order_by(Plan.code)).all()


def by_code(code: int) -> Plan:
    """Return the plan with this code; NotFound when there is none."""
    return _found(db.session(), code)


def add(code: int, name: str, experiments_running: int | None, actor: Actor) -> Plan:
    """Add a plan; None is unlimited.

    Raises InvalidInput for a taken code or a field out of range, and Forbidden for who is no admin.
    """
    with writing() as session:
        if session.get(Plan, checked_code(code)):
            raise AlreadyExists(f"There is a plan with the code {code} already.", "code")
        plan = Plan(code=code)
        return _written(session, plan, name, experiments_running, actor).plan


def edit(
    code: int,
    name: str,
    experiments_running: int | None,
    actor: Actor,
    agreed: str | None = None,
) -> Saved:
    """Change a plan. A lower limit stops nothing: what runs goes on, new starts are refused.

    A higher one starts what waits for a slot, and history names who raised it. With a text in
    `agreed` it does only what that agrees to, and otherwise raises NotAgreed.

    Raises NotFound for an unknown code, InvalidInput for a field out of range, and Forbidden for
    who is no admin.
    """
    with writing() as session:
        saved = _written(session, _found(session, code), name, experiments_running, actor)
        require_agreed(saved.started, agreed)
        return saved


def put(
    code: int,
    name: str,
    experiments_running: int | None,
    actor: Actor,
    *,
    keep_limit: bool = False,
    agreed: str | None = None,
) -> Saved:
    """Add the plan, or change it where there is one; raises what `edit` does for a known code.

    With `keep_limit` a plan that exists keeps its limit.
    """
    with writing() as session:
        plan = session.get(Plan, checked_code(code)) or Plan(code=code)
        limit = plan.experiments_running if keep_limit else experiments_running
        saved = _written(session, plan, name, limit, actor)
        require_agreed(saved.started, agreed)
        return saved


def _written(
    session: Session, plan: Plan, name: str, experiments_running: int | None, actor: Actor
) -> Saved:
    before, called = plan.experiments_running, plan.name
    plan.name = checked_name(name)
    plan.experiments_running = checked_limit(experiments_running)
    session.add(plan)
    session.flush()
    session.execute(
        update(Project)
        .where(Project.plan_code == plan.code)
        .values(NEXT_VERSION)
        .execution_options(synchronize_session=False)
    )
    # Here, since it is the plan and its projects that it may have waited for.
    require_admin(session, actor)
    changes = changed(
        name=(called, plan.name), experiments_running=(before, plan.experiments_running)
    )
    if changes:
        kind = AuditKind.PLAN_CHANGED if called else AuditKind.PLAN_ADDED
        audit.enter(session, actor, Deed(kind, f"{plan.name} ({plan.code})", changes))
    if not called or not is_raised(before, plan.experiments_running):
        return Saved(detached(session, plan), ())
    # Its projects are locked now, so nobody else takes a slot that a higher limit brought.
    started: list[Start] = []
    for project_id, project_name in session.execute(_with_a_queue(plan.code)).all():
        work = within(session, project_id, actor)
        filled = queue_processing.fill_slots(work.causing(CauseKind.RAISED_LIMIT))
        started += starts_of(filled, project_name)
    return Saved(detached(session, plan), started)


def is_raised(before: int | None, after: int | None) -> bool:
    """Return whether a limit grew; None is unlimited."""
    return before is not None and (after is None or after > before)


def _with_a_queue(plan_code: int) -> Select[int, str]:
    return (
        select(QueuedStart.project_id, Project.name)
        .join(Project, Project.id == QueuedStart.project_id)
        .where(Project.plan_code == plan_code)
        .distinct()
        .order_by(QueuedStart.project_id)
    )


def _found(session: Session, code: int) -> Plan:
    plan = session.get(Plan, code) if 0 <= code <= LARGEST_NUMBER else None
    if plan is None:
        raise NotFound("Plan not found.")
    return plan


def checked_code(code: int) -> int:
    """Return the code; InvalidInput for one out of range."""
    if not 1 <= code <= LARGEST_NUMBER:
        raise InvalidInput(f"The code has to be a whole number from 1 to {LARGEST_NUMBER}.", "code")
    return code


def checked_limit(limit: int | None) -> int | None:
    """Return the limit, None for unlimited; InvalidInput for one out of range."""
    if limit is not None and not 0 <= limit <= LARGEST_NUMBER:
        raise InvalidInput(
            f"A limit is a whole number from 0 to {LARGEST_NUMBER}.", "experiments_running"
        )
    return limit
