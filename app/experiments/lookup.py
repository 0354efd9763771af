"""Experiments, found and listed."""

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, and_, exists, select
from sqlalchemy.orm import joinedload

from app.core.errors import NotFound
from app.core.validation import (
    whole_number,
)
from app.database.engine import db
from app.experiments import search, visibility
from app.experiments.search import Page, Tab, View
from app.lifecycle import subjects
from app.lifecycle.subjects import Subject
from app.models import DailyVisitors, Experiment, Run, Status

# No text in the database holds one, and PostgreSQL fails when it is asked for one.
_NUL = "\0"
PUBLIC_ID = re.compile(r"exp_[0-9a-f]{26}")
"""What an experiment is named by, as `creation` makes it."""
RESERVED_KEYS = frozenset({"bulk", "stop-all"})
"""Words that stand where addresses of the API name an experiment."""


def may_be_key(text: str) -> bool:
    """Return whether a text can be asked for as a key: it stands for nothing else there."""
    return text not in RESERVED_KEYS and not PUBLIC_ID.fullmatch(text)


def subject_by_test_id(project_id: int, text: str, hidden: frozenset[Status]) -> Subject:
    """Return the experiment that a path names by its integer.

    NotFound for none, and for one whose status is `hidden` from that door.
    """
    found = subjects.find(project_id, test_id_of(text))
    if found is None or found.status in hidden:
        raise _missing()
    return found


def test_id_of(text: str) -> int:
    """Return the integer that a path names an experiment by; NotFound for what cannot be one."""
    test_id = whole_number(text)
    if test_id is None:
        raise _missing()
    return test_id


def subject_by_public_id(project_id: int, public_id: str) -> Subject:
    """Return the experiment that somebody names by its `exp_` id; NotFound for none."""
    found = subjects.find(project_id, public_id)
    if found is None:
        raise _missing()
    return found


def public_id_of(project_id: int, reference: str) -> str:
    """Return the `exp_` id of what is named by that or by its key; NotFound for no such key.

    Whether there is an experiment with such an id is for whoever looks it up.
    """
    if PUBLIC_ID.fullmatch(reference):
        return reference
    found = _by_references(project_id, {reference}).get(reference)
    if found is None:
        raise _missing()
    return found.public_id


def test_ids(project_id: int, references: Sequence[str]) -> list[int]:
    """Return the test ids of experiments that are named by id or key, in the same order.

    Raises NotFound when one of them is not the project's.
    """
    known = _by_references(project_id, set(references))
    if known.keys() != set(references):
        raise _missing()
    return [known[reference].test_id for reference in references]


def _by_references(project_id: int, references: set[str]) -> dict[str, Row[int, str, str]]:
    """Return the project's experiments by what names them: what is an id is never a key."""
    ids = {each for each in references if PUBLIC_ID.fullmatch(each)}
    keys = {each for each in references - ids if _NUL not in each}
    statement = select(Experiment.test_id, Experiment.public_id, Experiment.key).where(
        Experiment.project_id == project_id,
        Experiment.public_id.in_(ids) | Experiment.key.in_(keys),
    )
    rows = db.session.execute(statement).all()
    by_id = {row.public_id: row for row in rows if row.public_id in ids}
    return by_id | {row.key: row for row in rows if row.key in keys}


def by_test_id(project_id: int, text: str, hidden: frozenset[Status]) -> Experiment:
    """Return the experiment that a path names by its integer.

    NotFound for none, and for one whose status is `hidden` from that door.
    """
    is_shown = Experiment.status.not_in(hidden)
    return _one(project_id, and_(Experiment.test_id == test_id_of(text), is_shown))


def by_public_id(project_id: int, public_id: str) -> Experiment:
    """Return the experiment with this `exp_` id; NotFound when the project has none."""
    return _one(project_id, Experiment.public_id == public_id)


def by_key(project_id: int, key: str) -> Experiment:
    """Return the experiment with this key; NotFound when the project has none."""
    return _one(project_id, Experiment.key == key)


def with_visitors(ids: Sequence[int]) -> set[int]:
    """Return those of the experiments of which visitors have been counted."""
    counted = exists().where(DailyVisitors.run_id == Run.id)
    return set(db.session.scalars(select(Run.test_id).where(Run.test_id.in_(ids), counted)))


def subject(experiment: Experiment) -> Subject:
    """Return the experiment as the rules see it."""
    return Subject(
        experiment.test_id,
        experiment.public_id,
        experiment.project_id,
        experiment.key,
        experiment.name,
        experiment.status,
        experiment.started_at,
        experiment.changed_at,
        experiment.version,
        split_fault=experiment.split_fault,
        stopped_at=experiment.stopped_at,
        conclusion=experiment.conclusion,
        shipped_variant=experiment.shipped_variant,
        shipped_at=experiment.shipped_at,
        variant_name=experiment.shipped_name,
    )


def running(project_id: int) -> Page:
    """Return the first page of what runs in a project, newest first."""
    return search.page(project_id, View(Tab.RUNNING))


def listed_by_offset(
    project_id: int, limit: int, offset: int, hidden: frozenset[Status]
) -> Sequence[Experiment]:
    """Return experiments, newest first, for programs that page by offset; none that is `hidden`."""
    shown = (Experiment.project_id == project_id, Experiment.status.not_in(hidden))
    statement = select(Experiment).where(*shown).order_by(Experiment.test_id.desc())
    statement = statement.options(*search.DECIDED_FOR)
    return db.session.scalars(statement.limit(limit).offset(offset)).all()


_WITH_AUTHOR = (joinedload(Experiment.user), joinedload(Experiment.api_key))


def _missing() -> NotFound:
    return NotFound("Experiment not found.")


def _one(project_id: int, condition: ColumnElement[bool]) -> Experiment:
    statement = (
        select(Experiment)
        .where(Experiment.project_id == project_id, condition)
        .options(
            *_WITH_AUTHOR,
            joinedload(Experiment.clone_of),
            *search.AS_LISTED,
            *visibility.known(project_id),
        )
    )
    experiment = db.session.scalar(statement)
    if experiment is None:
        raise _missing()
    return experiment
