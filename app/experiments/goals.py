"""Goals: a project's library of what its visitors are hoped to do."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from slugify import slugify
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.accounts.rights import changing_by_right
from app.core.errors import AlreadyExists, InvalidInput, NotFound
from app.core.validation import KEY_LENGTH, checked_key, checked_name, whole_number
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.experiments import measures
from app.experiments.measures import USUAL, Measure
from app.models import (
    Actor,
    AuditKind,
    Experiment,
    Goal,
    Run,
    RunGoal,
    Status,
    Wanted,
    names,
    now,
)

MOST_NAMED = 3


@dataclass(frozen=True)
class NewGoal:
    """The facts that make a goal.

    Without a name it is called as its key, without a key it gets one from its name.
    """

    key: str = ""
    name: str = ""
    wanted: Wanted = Wanted.MORE
    measure: Measure = USUAL


def create(
    project_id: int,
    key: str,
    actor: Actor,
    name: str = "",
    wanted: Wanted = Wanted.MORE,
    measure: Measure = USUAL,
) -> Goal:
    """Add a goal, as `NewGoal` says.

    Raises InvalidInput for a field that cannot be used and for a key that the project has already.
    """
    new = checked(NewGoal(key, name, wanted, measure))
    with changing_by_right(project_id, actor) as work:
        _require_free(work.session.scalar(_of_key(project_id, new.key)))
        return detached(work.session, _add(work, new))


def checked(new: NewGoal) -> NewGoal:
    """Return the goal with its key and its name said; InvalidInput for what cannot be used."""
    name = checked_name(new.name or new.key)
    key = checked_key(new.key or slugify(name, max_length=KEY_LENGTH) or "goal")
    return NewGoal(key, name, new.wanted, measures.checked(new.measure))


def provide(work: UnitOfWork, new: NewGoal) -> None:
    """Add a checked goal, as a part of a unit of work, unless the project offers just this one.

    Raises AlreadyExists where its key is that of another, or of a retired one.
    """
    present = work.session.scalar(_of_key(work.project_id, new.key))
    is_just_this = present and present.name == new.name and measures.is_of(new.measure, present)
    if present and is_just_this and not present.retired_at:
        return
    _require_free(present)
    _add(work, new)


def change(
    project_id: int,
    key: str,
    actor: Actor,
    name: str | None = None,
    *,
    is_retired: bool | None = None,
) -> Goal:
    """Give a goal another name, retire it, or bring it back; what is None stays, and so its key.

    Raises what `rename` and `retire` raise.
    """
    with _changing(project_id, key, actor) as (work, goal):
        before = goal.name, bool(goal.retired_at)
        if name is not None:
            goal.name = checked_name(name)
        if is_retired:
            _require_unused(work.session, goal)
        if is_retired is not None:
            goal.retired_at = (goal.retired_at or now()) if is_retired else None
        _tell_changes(work, goal, before)
        return detached(work.session, goal)


def rename(project_id: int, key: str, name: str, actor: Actor) -> Goal:
    """Give a goal another name; its key stays. Raises NotFound and InvalidInput."""
    return change(project_id, key, actor, name)


def retire(project_id: int, key: str, actor: Actor) -> Goal:
    """Offer a goal for no design any more; what was measured by it is kept.

    Raises NotFound, and InvalidInput where a draft, live or paused experiment uses it.
    """
    return change(project_id, key, actor, is_retired=True)


def bring_back(project_id: int, key: str, actor: Actor) -> Goal:
    """Offer a retired goal for designs again. Raises NotFound."""
    return change(project_id, key, actor, is_retired=False)


def by_key(project_id: int, key: str) -> Goal:
    """Return the goal with this key, a retired one too; NotFound when the project has none."""
    return _found(db.session.scalar(_of_key(project_id, key)))


def by_id(project_id: int, text: str) -> Goal:
    """Return the goal that a path names by its integer; NotFound for none, and a retired one."""
    statement = select(Goal).where(
        Goal.project_id == project_id, Goal.id == whole_number(text), Goal.retired_at.is_(None)
    )
    return _found(db.session.scalar(statement))


def listed(project_id: int) -> Sequence[Goal]:
    """Return the project's goals that designs may use, by name."""
    return _sorted(project_id, Goal.retired_at.is_(None))


def listed_by_offset(project_id: int, limit: int, offset: int) -> Sequence[Goal]:
    """Return some of `listed`, for programs that page by offset."""
    return listed(project_id)[offset:][:limit]


def retired(project_id: int) -> Sequence[Goal]:
    """Return the project's retired goals, by name."""
    return _sorted(project_id, Goal.retired_at.is_not(None))


def _require_free(taken: Goal | None) -> None:
    """Raise AlreadyExists where a goal has the key that another is to have."""
    if taken:
        already = "a retired goal" if taken.retired_at else "a goal"
        raise AlreadyExists(f"The project has {already} with the key {taken.key} already.", "key")


def _add(work: UnitOfWork, new: NewGoal) -> Goal:
    goal = Goal(
        project_id=work.project_id,
        key=new.key,
        name=new.name,
        wanted=new.wanted,
        **vars(new.measure),
    )
    work.session.add(goal)
    audit.enter_of(work, Deed(AuditKind.GOAL_ADDED, new.key, changed(name=(None, new.name))))
    project_row.bump_version(work.session, work.project_id)
    return goal


def _tell_changes(work: UnitOfWork, goal: Goal, before: tuple[str, bool]) -> None:
    name, was_retired = before
    if changes := changed(name=(name, goal.name), is_retired=(was_retired, bool(goal.retired_at))):
        audit.enter_of(work, Deed(AuditKind.GOAL_CHANGED, goal.key, changes))


@contextmanager
def _changing(project_id: int, key: str, actor: Actor) -> Generator[tuple[UnitOfWork, Goal]]:
    with changing_by_right(project_id, actor) as work:
        yield work, _found(work.session.scalar(_of_key(project_id, key)))
        project_row.bump_version(work.session, project_id)


def _require_unused(session: Session, goal: Goal) -> None:
    users = session.scalars(_users(goal).limit(MOST_NAMED + 1)).all()
    if users:
        named = ", ".join(f"“{name}”" for name in users[:MOST_NAMED])
        more = " and others" if len(users) > MOST_NAMED else ""
        raise InvalidInput(f"“{goal.name}” is used: take it out of {named}{more} first.")


def _sorted(project_id: int, condition: ColumnElement[bool]) -> Sequence[Goal]:
    found = db.session.scalars(select(Goal).where(Goal.project_id == project_id, condition))
    return sorted(found, key=lambda goal: (names.sort_name(goal.name), goal.id))


def _of_key(project_id: int, key: str) -> Select[Goal]:
    return select(Goal).where(Goal.project_id == project_id, Goal.key == key)


def _found(goal: Goal | None) -> Goal:
    if goal is None:
        raise NotFound("Goal not found.")
    return goal


def _users(goal: Goal) -> Select[str]:
    """Return the statement for the names of the experiments whose present design has the goal."""
    return (
        select(Experiment.name)
        .join(Run, (Run.test_id == Experiment.test_id) & Run.is_current)
        .join(RunGoal, RunGoal.run_id == Run.id)
        .where(RunGoal.goal_id == goal.id, Experiment.status != Status.ARCHIVED)
        .order_by(Experiment.test_id.desc())
    )
