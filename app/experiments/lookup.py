"""Experiments, found and listed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload

from app.core.errors import NotFound
from app.core.validation import (
    whole_number,
)
from app.database.engine import db
from app.experiments import audiences, search
from app.experiments.search import Page, Tab, View
from app.lifecycle import subjects
from app.lifecycle.subjects import Subject
from app.models import DailyVisitors, Experiment, Run, Status

# No text in the database holds one, and PostgreSQL fails when it is asked for one.
_NUL = "\0"


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


def test_ids(project_id: int, public_ids: Sequence[str]) -> list[int]:
    """Return the test ids of experiments that are named by their `exp_` ids, in the same order.

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
        split_fault=experiment.split_fault,
    )


def running(project_id: int) -> Page:
    """Return the first page of what runs in a project, newest first."""
    return search.page(project_id, View(Tab.RUNNING))


def listed_by_cursor(project_id: int, after: int | None, limit: int) -> Page:
    """Return a page of all experiments, newest first, for programs that page by cursor."""
    return search.paged(_listed(project_id, after), limit)


def listed_by_offset(
    project_id: int, limit: int, offset: int, hidden: frozenset[Status]
) -> Sequence[Experiment]:
    """Return experiments, newest first, for programs that page by offset; none that is `hidden`."""
    statement = _listed(project_id, None).where(Experiment.status.not_in(hidden))
    return db.session.scalars(statement.limit(limit).offset(offset)).all()


_WITH_AUTHOR = (joinedload(Experiment.user), joinedload(Experiment.api_key))


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
        .options(
            *_WITH_AUTHOR,
            joinedload(Experiment.clone_of),
            *search.AS_LISTED,
            *audiences.known(project_id),
        )
    )
    experiment = db.session.scalar(statement)
    if experiment is None:
        raise _missing()
    return experiment
