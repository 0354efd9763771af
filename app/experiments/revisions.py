"""Revisions: other texts and another design of an experiment, both or neither."""

from collections.abc import Callable
from dataclasses import dataclass

from app.database.unit_of_work import UnitOfWork, changing
from app.experiments import designs, edits, redesigns, texts
from app.experiments.designs import Design
from app.experiments.texts import Texts
from app.lifecycle import preconditions, subjects
from app.lifecycle.preconditions import Precondition
from app.lifecycle.subjects import Subject
from app.models import Actor


@dataclass(frozen=True)
class Revision:
    """What makes the texts and the design that somebody wants of the present ones.

    What is None stays as it is, whatever the experiment's status.
    """

    texts: Callable[[Texts], Texts] | None = None
    design: Callable[[Design], Design] | None = None


@dataclass(frozen=True)
class Revised:
    """An experiment as it says of itself after a revision, and its version then."""

    texts: Texts
    design: Design
    version: int


def revise(
    project_id: int,
    test_id: int,
    revision: Revision,
    actor: Actor,
    expected: Precondition | None = None,
) -> Revised:
    """Revise an experiment in one unit of work.

    Raises NotFound, InvalidInput, and Refused where the rules let nobody change what is to change
    of it, or it is not as `expected`.
    """
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, expected)
        said = _edited(work, experiment, revision.texts)
        design = _redesigned(work, experiment, revision.design)
        return Revised(said, design, work.version_of(test_id, experiment.version))


def _edited(
    work: UnitOfWork, experiment: Subject, wanted: Callable[[Texts], Texts] | None
) -> Texts:
    if wanted is None:
        return texts.of(texts.loaded(work.session, experiment.test_id))
    return edits.change_within(work, experiment, wanted)


def _redesigned(
    work: UnitOfWork, experiment: Subject, wanted: Callable[[Design], Design] | None
) -> Design:
    if wanted is None:
        return designs.of(designs.current_in(work.session, experiment.test_id))
    return redesigns.change_within(work, experiment, wanted)
