"""Named audiences: who takes part, kept by a project under a name for several experiments.

Drafts refer to one: each change of it is a change of their design. What was started keeps the
conditions and the name that it began with.
"""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from slugify import slugify
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from app.accounts.rights import changing_by_right
from app.core.errors import AlreadyExists, ChangedMeanwhile, InvalidInput, NotFound
from app.core.validation import KEY_LENGTH, checked_key, checked_name
from app.core.version_tokens import ANYTHING, Condition, digest
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.experiments import redesigns
from app.experiments.audiences import conditions, references
from app.experiments.audiences.conditions import FIELD, Audience
from app.lifecycle import subjects
from app.models import Actor, AuditKind, Experiment, NamedAudience, Run, Status, names

MOST = 200
MOST_NAMED = 3


@dataclass(frozen=True)
class Change:
    """What becomes of a named audience; what is None stays."""

    name: str | None = None
    audience: Audience | None = None


def create(
    project_id: int, name: str, audience: Audience, actor: Actor, key: str = ""
) -> NamedAudience:
    """Keep an audience under a name; without a key it gets one from that.

    Raises InvalidInput for what cannot be used, and AlreadyExists for a name or a key that another
    has.
    """
    name = checked_name(name)
    rules = _checked(audience)
    key = checked_key(key or slugify(name, max_length=KEY_LENGTH) or "audience")
    with changing_by_right(project_id, actor) as work:
        _require_room(work)
        _require_free(work, NamedAudience.name == name, f"the name {name}", "name")
        _require_free(work, NamedAudience.key == key, f"the key {key}", "key")
        named = NamedAudience(project_id=project_id, key=key, name=name, rules=rules)
        work.session.add(named)
        made = changed(name=(None, name), audience=(None, rules))
        audit.enter_of(work, Deed(AuditKind.AUDIENCE_ADDED, key, made))
        project_row.bump_version(work.session, project_id)
        return detached(work.session, named)


def change(
    project_id: int, key: str, asked: Change, actor: Actor, condition: Condition = ANYTHING
) -> NamedAudience:
    """Give a named audience another name or other conditions, and all drafts that refer to it.

    Its key stays. Raises NotFound, InvalidInput, AlreadyExists for a name that another has, and
    ChangedMeanwhile where the `condition` is not met.
    """
    name = None if asked.name is None else checked_name(asked.name)
    rules = None if asked.audience is None else _checked(asked.audience)
    with _changing(project_id, key, actor, condition) as (work, named):
        before = named.name, named.rules
        if name not in (None, named.name):
            _require_free(work, NamedAudience.name == name, f"the name {name}", "name")
        named.name, named.rules = name or named.name, rules or named.rules
        if changes := changed(name=(before[0], named.name), audience=(before[1], named.rules)):
            audit.enter_of(work, Deed(AuditKind.AUDIENCE_CHANGED, key, changes))
            _redesign_drafts(work, named)
        return detached(work.session, named)


def delete(project_id: int, key: str, actor: Actor, condition: Condition = ANYTHING) -> str:
    """Delete a named audience and return its name; what was started with it keeps that.

    Raises NotFound, ChangedMeanwhile where the `condition` is not met, and InvalidInput where
    drafts refer to it.
    """
    with _changing(project_id, key, actor, condition) as (work, named):
        _require_unused(work.session, named)
        of_it = Run.named_audience_id == named.id
        work.session.execute(update(Run).where(of_it).values(named_audience_id=None))
        work.session.delete(named)
        gone = changed(name=(named.name, None), audience=(named.rules, None))
        audit.enter_of(work, Deed(AuditKind.AUDIENCE_DELETED, key, gone))
        return named.name


def listed(project_id: int) -> Sequence[NamedAudience]:
    """Return the project's named audiences, by name."""
    of_project = select(NamedAudience).where(NamedAudience.project_id == project_id)
    found = db.session.scalars(of_project)
    return sorted(found, key=lambda named: (names.sort_name(named.name), named.id))


def by_key(project_id: int, key: str) -> NamedAudience:
    """Return the named audience with this key; NotFound when the project has none."""
    return _found(db.session(), project_id, key)


def uses(project_id: int) -> Mapping[int, Counter[Status]]:
    """Return of each named audience that is used how many experiments are, by their status."""
    statement = (
        select(NamedAudience.id, Experiment.status, func.count())
        .join(Run, (Run.named_audience_id == NamedAudience.id) & Run.is_current)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .where(NamedAudience.project_id == project_id)
        .group_by(NamedAudience.id, Experiment.status)
    )
    found: dict[int, Counter[Status]] = {}
    for named_id, status, number in db.session.execute(statement):
        found.setdefault(named_id, Counter())[status] = number
    return found


def token_of(named: NamedAudience) -> str:
    """Return a text that is another whenever the audience is changed."""
    return digest(named.key, named.name, named.rules)


def _checked(audience: Audience) -> list[list[dict[str, object]]]:
    if not audience:
        raise InvalidInput(
            "Give it at least one condition: without any, everybody takes part, and that needs no "
            "name.",
            FIELD,
        )
    return conditions.written(conditions.checked(audience))


def _require_room(work: UnitOfWork) -> None:
    kept = select(func.count()).where(NamedAudience.project_id == work.project_id)
    if (work.session.scalar(kept) or 0) >= MOST:
        raise InvalidInput(f"A project has at most {MOST} audiences: delete one first.")


def _require_free(work: UnitOfWork, is_it: ColumnElement[bool], what: str, field: str) -> None:
    taken = select(NamedAudience.id).where(NamedAudience.project_id == work.project_id, is_it)
    if work.session.scalar(taken) is not None:
        raise AlreadyExists(f"The project has an audience with {what} already.", field)


@contextmanager
def _changing(
    project_id: int, key: str, actor: Actor, condition: Condition
) -> Generator[tuple[UnitOfWork, NamedAudience]]:
    with changing_by_right(project_id, actor) as work:
        named = _found(work.session, project_id, key)
        if not condition.is_met_by(token_of(named)):
            raise ChangedMeanwhile("The audience is not as it was to be. Nothing was done.")
        yield work, named
        project_row.bump_version(work.session, project_id)


def _found(session: Session, project_id: int, key: str) -> NamedAudience:
    named = references.found(session, project_id, key)
    if named is None:
        raise NotFound("Audience not found.")
    return named


def _redesign_drafts(work: UnitOfWork, named: NamedAudience) -> None:
    """Give all drafts that refer to an audience the design that has it as it is now."""
    work.session.flush()
    for draft in work.session.scalars(_drafts(named)).all():
        redesigns.follow_within(work, subjects.load(work, draft.test_id))


def _require_unused(session: Session, named: NamedAudience) -> None:
    drafts = session.scalars(_drafts(named).limit(MOST_NAMED + 1)).all()
    if drafts:
        told = ", ".join(f"“{draft.name}”" for draft in drafts[:MOST_NAMED])
        more = " and others" if len(drafts) > MOST_NAMED else ""
        raise InvalidInput(
            f"Drafts take part by “{named.name}”: choose another audience in the design of "
            f"{told}{more} first."
        )


def _drafts(named: NamedAudience) -> Select[Experiment]:
    """Return the statement for the drafts that refer to an audience."""
    return (
        select(Experiment)
        .join(Run, (Run.test_id == Experiment.test_id) & Run.is_current)
        .where(Run.named_audience_id == named.id, Experiment.status == Status.DRAFT)
        .order_by(Experiment.test_id.desc())
    )
