"""Experiments: created, cloned, edited, found, listed. Their statuses belong to the rule book."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slugify import slugify
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from app.core import project_row
from app.core.database import db
from app.core.errors import InvalidInput, NotFound
from app.core.transactions import detached, writing
from app.core.validation import (
    checked_description,
    checked_key,
    checked_name,
    checked_url,
    whole_number,
)
from app.experiments import clone_names, designs, edits, search
from app.experiments.designs import Design
from app.experiments.edits import Edit, Edited, Overtaken
from app.experiments.search import Page, Tab, View
from app.lifecycle import rules, store, transitions
from app.lifecycle.rules import Contract, Wish
from app.lifecycle.store import Subject
from app.models import Actor, Experiment, Kind, Status, now

_KEY_BASE_LENGTH = 56
_NUMBERED_KEYS = 9
# No text in the database holds one, and PostgreSQL fails when it is asked for one.
_NUL = "\0"


@dataclass(frozen=True)
class Draft:
    """What somebody gives to create an experiment; an empty `key` is made from the name."""

    name: str
    key: str = ""
    url: str = ""
    description: str = ""
    design: Design = designs.DEFAULT


def create(
    project_id: int,
    draft: Draft,
    actor: Actor,
    status: Status = Status.DRAFT,
    contract: Contract = Contract.INTEGERS,
) -> Experiment:
    """Create an experiment, in one unit of work with the transition to `status`.

    Raises InvalidInput for a field that cannot be used and Refused when the rules do not let a
    draft go to `status`; nothing has been created then.
    """
    columns = {
        "name": checked_name(draft.name),
        "key": checked_key(draft.key) if draft.key else "",
        "url": checked_url(draft.url),
        "description": checked_description(draft.description),
    }
    design = designs.checked(draft.design)
    with writing() as session:
        project_row.lock_project(session, project_id)
        experiment = _insert(session, project_id, actor, columns)
        designs.plan(session, project_id, experiment.test_id, design)
        if status is not Status.DRAFT:
            test_id = experiment.test_id
            transitions.transition_within(
                session, project_id, test_id, Wish(status, contract), actor
            )
        return detached(session, experiment)


def clone(original: Experiment, actor: Actor) -> Experiment:
    """A new draft with the address, text and design of another, archived ones too.

    Its name says that it is a clone, and of what.
    """
    project_id, name = original.project_id, original.name
    columns = {
        "url": original.url,
        "description": original.description,
        "clone_of_test_id": original.test_id,
    }
    design = designs.of(designs.current(original.test_id))
    with writing() as session:
        project_row.lock_project(session, project_id)
        names = {
            "name": clone_names.free(name, _names_of_clones(session, project_id, name)),
            "key": _free_key(session, project_id, clone_names.original(name)),
        }
        experiment = _insert(session, project_id, actor, {**names, **columns})
        designs.plan(session, project_id, experiment.test_id, design)
        return detached(session, experiment)


def edit(project_id: int, test_id: int, wanted: Edit, actor: Actor) -> Edited | Overtaken:
    """Give an experiment other texts, in one unit of work, and return what has changed.

    Overtaken, with nothing changed, where somebody else has edited what `wanted` would overwrite.
    Raises NotFound, InvalidInput, and Refused when the rules let nobody edit it.
    """
    wanted = edits.checked(wanted)
    with writing() as session:
        project_row.lock_project(session, project_id)
        found = store.read(session, project_id, test_id)
        if found is None:
            raise NotFound("Experiment not found.")
        rules.require_editable(found)
        experiment = session.get_one(Experiment, test_id)
        if clashes := edits.clashes(experiment, wanted):
            return Overtaken(clashes, edits.mark(experiment))
        edited = Edited(edits.changes(experiment, wanted), now())
        if edited.changes:
            _write(session, experiment, edited)
            store.enter(session, found, Kind.EDITED, actor, edited.in_words)
        return edited


def subject_by_test_id(project_id: int, text: str, contract: Contract) -> Subject:
    """The experiment that a path names by its integer; NotFound unless the contract knows it."""
    test_id = whole_number(text)
    found = None if test_id is None else store.read(db.session(), project_id, test_id)
    return _known(found, contract)


def subject_by_public_id(project_id: int, public_id: str, contract: Contract) -> Subject:
    """The experiment that somebody names by its `exp_` id; NotFound as by integer."""
    if _NUL in public_id:
        raise _missing()
    return _known(store.read_by_public_id(db.session(), project_id, public_id), contract)


def test_ids(project_id: int, public_ids: Sequence[str]) -> list[int]:
    """The test ids of experiments that are named by their `exp_` ids, in the same order.

    Raises NotFound when one of them is not the project's.
    """
    wanted = {each for each in public_ids if _NUL not in each}
    statement = select(Experiment.public_id, Experiment.test_id).where(
        Experiment.project_id == project_id, Experiment.public_id.in_(wanted)
    )
    known = {row.public_id: row.test_id for row in db.session.execute(statement)}
    if known.keys() != set(public_ids):
        raise _missing()
    return [known[public_id] for public_id in public_ids]


def by_public_id(project_id: int, public_id: str) -> Experiment:
    """The experiment with this `exp_` id; NotFound when the project has none."""
    return _one(project_id, Experiment.public_id == public_id)


def by_key(project_id: int, key: str) -> Experiment:
    """The experiment with this key; NotFound when the project has none."""
    return _one(project_id, Experiment.key == key)


def subject(experiment: Experiment) -> Subject:
    """The experiment as the rules see it."""
    return Subject(
        experiment.test_id,
        experiment.public_id,
        experiment.project_id,
        experiment.key,
        experiment.name,
        experiment.status,
        experiment.started_at,
        experiment.changed_at,
    )


def running(project_id: int) -> Page:
    """The first page of what runs in a project, newest first."""
    return search.page(project_id, View(Tab.RUNNING))


def listed_by_cursor(project_id: int, after: int | None, limit: int) -> Page:
    """A page of all experiments, newest first, for programs that page by cursor."""
    return search.paged(_listed(project_id, after), limit)


def listed_by_offset(project_id: int, limit: int, offset: int) -> Sequence[Experiment]:
    """Experiments that are not archived, newest first, for programs that page by offset."""
    statement = _listed(project_id, None).where(
        Experiment.status.not_in(rules.hidden_from(Contract.INTEGERS))
    )
    return db.session.scalars(statement.limit(limit).offset(offset)).all()


_WITH_AUTHOR = (joinedload(Experiment.user), joinedload(Experiment.api_key))


def _known(found: Subject | None, contract: Contract) -> Subject:
    if found is None or not rules.visible(found.status, contract):
        raise _missing()
    return found


def _missing() -> NotFound:
    return NotFound("Experiment not found.")


def _listed(project_id: int, after: int | None) -> Select[Experiment]:
    statement = select(Experiment).where(Experiment.project_id == project_id)
    if after is not None:
        statement = statement.where(Experiment.test_id < after)
    return statement.order_by(Experiment.test_id.desc())


def _one(project_id: int, condition: ColumnElement[bool]) -> Experiment:
    statement = (
        select(Experiment)
        .where(Experiment.project_id == project_id, condition)
        .options(*_WITH_AUTHOR, joinedload(Experiment.clone_of))
    )
    experiment = db.session.scalar(statement)
    if experiment is None:
        raise _missing()
    return experiment


def _insert(
    session: Session, project_id: int, actor: Actor, columns: Mapping[str, str | int]
) -> Experiment:
    key = str(columns["key"]) or _free_key(session, project_id, str(columns["name"]))
    if _taken(session, project_id, [key]):
        raise InvalidInput(f"The project has an experiment with the key {key} already.", "key")
    experiment = Experiment(
        **{**columns, "key": key},
        public_id=f"exp_{secrets.token_hex(13)}",
        project_id=project_id,
        user_id=actor.user_id,
        api_key_id=actor.api_key_id,
    )
    session.add(experiment)
    session.flush()
    store.count_new(session, project_id)
    return experiment


def _write(session: Session, experiment: Experiment, edited: Edited) -> None:
    for change in edited.changes:
        setattr(experiment, change.field, change.after)
    experiment.updated_at = edited.at
    session.flush()


def _names_of_clones(session: Session, project_id: int, name: str) -> set[str]:
    statement = select(Experiment.name).where(
        Experiment.project_id == project_id,
        Experiment.name.startswith(clone_names.beginning(name), autoescape=True),
        Experiment.name.contains(clone_names.BRACKET, autoescape=True),
    )
    return set(session.scalars(statement))


def _free_key(session: Session, project_id: int, name: str) -> str:
    base = slugify(name, max_length=_KEY_BASE_LENGTH) or "experiment"
    candidates = [base, *(f"{base}-{number}" for number in range(2, _NUMBERED_KEYS + 1))]
    taken = _taken(session, project_id, candidates)
    free = (candidate for candidate in candidates if candidate not in taken)
    return next(free, f"{base}-{secrets.token_hex(3)}")


def _taken(session: Session, project_id: int, keys: list[str]) -> set[str]:
    statement = select(Experiment.key).where(
        Experiment.project_id == project_id, Experiment.key.in_(keys)
    )
    return set(session.scalars(statement))
