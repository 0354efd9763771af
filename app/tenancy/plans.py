"""Plans: what an admin keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.accounts.rights import require_admin
from app.core.errors import AlreadyExists, ChangedMeanwhile, InvalidInput, NotFound
from app.core.validation import LARGEST_NUMBER, checked_name
from app.core.version_tokens import ANYTHING, Condition, digest
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed, changed
from app.database.rows.project_row import NEXT_VERSION
from app.database.transactions import detached, writing
from app.models import Actor, AuditKind, CauseKind, FieldChange, Plan, Project, now
from app.tenancy import limits
from app.tenancy.agreements import TO_ANY, Consent, Effects, require_agreed

Lock = dict[str, bool] | None
_ALONE: Lock = {"key_share": True}
_WITH_OTHERS: Lock = {"read": True}


@dataclass(frozen=True)
class Limit:
    """How many experiments a project may have live at once; None is unlimited."""

    experiments_running: int | None


@dataclass(frozen=True)
class PlanChange:
    """What changes of a plan: what is None stays as it is."""

    name: str | None = None
    limit: Limit | None = None
    is_retired: bool | None = None


@dataclass(frozen=True)
class Saved:
    """A plan as it is kept, what its new limit has brought, and whether it `is_new`."""

    plan: Plan
    effects: Effects
    is_new: bool = False


def listed() -> Sequence[Plan]:
    """Return all plans, by code, those that are retired too."""
    return db.session.scalars(select(Plan).order_by(Plan.code)).all()


def offered(present: int | None = None) -> Sequence[Plan]:
    """Return the plans that a project may be put on, by code, and the one that it is on already."""
    return [plan for plan in listed() if plan.retired_at is None or plan.code == present]


def by_code(code: int) -> Plan:
    """Return the plan with this code; NotFound when there is none."""
    return _found(db.session(), code)


def add(code: int, name: str, experiments_running: int | None, actor: Actor) -> Plan:
    """Add a plan; None is unlimited.

    Raises AlreadyExists for a taken code, InvalidInput for a field out of range, and Forbidden for
    who is no admin.
    """
    with writing() as session:
        if session.get(Plan, checked_code(code)):
            raise AlreadyExists(f"There is a plan with the code {code} already.", "code")
        asked = PlanChange(name, Limit(experiments_running))
        return _added(session, code, asked, actor).plan


def change(
    code: int,
    asked: PlanChange,
    actor: Actor,
    agreed: Consent = TO_ANY,
    condition: Condition = ANYTHING,
) -> Saved:
    """Change a plan. A lower limit stops nothing: what runs goes on, new starts are refused.

    A higher one starts what waits for a slot, and history names who raised it. Raises NotAgreed
    where it brings what is not `agreed` to.

    Raises NotFound for an unknown code, InvalidInput for a field out of range, Forbidden for who is
    no admin, and ChangedMeanwhile for a plan of which the `condition` is not met.
    """
    with writing() as session:
        plan = _found(session, code, _ALONE)
        _require(plan, condition)
        return _changed(session, plan, asked, actor, agreed)


def put(
    code: int,
    asked: PlanChange,
    actor: Actor,
    agreed: Consent = TO_ANY,
    condition: Condition = ANYTHING,
) -> Saved:
    """Add the plan, or change it where there is one; raises what `change` does for a known code.

    One that is added without a limit has none.
    """
    with writing() as session:
        plan = session.get(Plan, checked_code(code), with_for_update=_ALONE)
        _require(plan, condition)
        if plan is None:
            return _added(session, code, asked, actor)
        return _changed(session, plan, asked, actor, agreed)


def chosen(session: Session, code: int) -> Plan:
    """Return the plan with this code for a project; it stays as it is until the session ends.

    Raises InvalidInput when there is none.
    """
    try:
        return _found(session, code, _WITH_OTHERS)
    except NotFound:
        raise InvalidInput("There is no such plan.", "plan") from None


def require_offered(plan: Plan) -> None:
    """Raise InvalidInput for a retired plan."""
    if plan.retired_at is not None:
        raise InvalidInput(
            f"The {plan.name} plan is retired: bring it back, or choose another.", "plan"
        )


def token_of(plan: Plan) -> str:
    """Return a text that is another whenever the plan is changed."""
    return digest(plan.code, plan.name, plan.experiments_running, plan.retired_at is not None)


def _require(plan: Plan | None, condition: Condition) -> None:
    if not condition.is_met_by(token_of(plan) if plan else None):
        raise ChangedMeanwhile("The plan is not as it was to be. Nothing was done.")


def _found(session: Session, code: int, lock: Lock = None) -> Plan:
    is_code = 0 <= code <= LARGEST_NUMBER
    plan = session.get(Plan, code, with_for_update=lock) if is_code else None
    if plan is None:
        raise NotFound("Plan not found.")
    return plan


def _added(session: Session, code: int, asked: PlanChange, actor: Actor) -> Saved:
    plan = Plan(code=code, name=checked_name(asked.name or ""))
    plan.experiments_running = checked_limit(asked.limit and asked.limit.experiments_running)
    session.add(plan)
    session.flush()
    # Here, since it is the plan that it may have waited for.
    require_admin(session, actor)
    made = changed(name=(None, plan.name), experiments_running=(None, plan.experiments_running))
    audit.enter(session, actor, Deed(AuditKind.PLAN_ADDED, _called(plan), made))
    return Saved(detached(session, plan), Effects(), is_new=True)


def _changed(
    session: Session, plan: Plan, asked: PlanChange, actor: Actor, agreed: Consent
) -> Saved:
    carry_out = _changed_with_projects if _is_another_limit(plan, asked) else _changed_alone
    effects = carry_out(session, plan, asked, actor)
    require_agreed(effects, agreed)
    return Saved(detached(session, plan), effects)


def _is_another_limit(plan: Plan, asked: PlanChange) -> bool:
    limit = asked.limit
    return limit is not None and limit.experiments_running != plan.experiments_running


def _changed_with_projects(
    session: Session, plan: Plan, asked: PlanChange, actor: Actor
) -> Effects:
    """Change a plan while nobody takes a slot in its projects; return what its limit brings."""
    is_on_it = Project.plan_code == plan.code
    before = limits.lock(session, is_on_it)
    _enter_change(session, plan, asked, actor)
    session.flush()
    _tell_projects(session, is_on_it)
    after = limits.read(session, is_on_it)
    return limits.follow(session, before, after, actor, CauseKind.RAISED_LIMIT)


def _changed_alone(session: Session, plan: Plan, asked: PlanChange, actor: Actor) -> Effects:
    """Change a plan whose limit stays: its projects are told of another name, and no more."""
    name = plan.name
    _enter_change(session, plan, asked, actor)
    if plan.name != name:
        is_on_it = Project.plan_code == plan.code
        limits.lock_rows(session, is_on_it)
        _tell_projects(session, is_on_it)
    return Effects()


def _enter_change(session: Session, plan: Plan, asked: PlanChange, actor: Actor) -> None:
    """Write a change and enter it, where it is one."""
    # Here, since it is the plan and its projects that it may have waited for.
    require_admin(session, actor)
    if changes := _written(plan, asked):
        audit.enter(session, actor, Deed(AuditKind.PLAN_CHANGED, _called(plan), changes))


def _written(plan: Plan, asked: PlanChange) -> list[FieldChange]:
    """Write what is asked for, and return what is another by that."""
    name, limit, was_retired = plan.name, plan.experiments_running, plan.retired_at is not None
    if asked.name is not None:
        plan.name = checked_name(asked.name)
    if asked.limit is not None:
        plan.experiments_running = checked_limit(asked.limit.experiments_running)
    if asked.is_retired not in (None, was_retired):
        plan.retired_at = now() if asked.is_retired else None
    return changed(
        name=(name, plan.name),
        experiments_running=(limit, plan.experiments_running),
        is_retired=(was_retired, plan.retired_at is not None),
    )


def _tell_projects(session: Session, which: ColumnElement[bool]) -> None:
    """Tell every page of projects that something on it has changed."""
    session.execute(
        update(Project)
        .where(which)
        .values(NEXT_VERSION)
        .execution_options(synchronize_session=False)
    )


def _called(plan: Plan) -> str:
    return f"{plan.name} ({plan.code})"


def next_code() -> int | None:
    """Return the code after the largest one; None where no larger one may be."""
    largest = db.session.scalar(select(func.max(Plan.code))) or 0
    return largest + 1 if largest < LARGEST_NUMBER else None


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
