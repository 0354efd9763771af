"""Who always sees a variant, by their ids: whoever tries an experiment, and is counted nowhere.

It is no part of the design, which is fixed with the run: it may change at any time. While the
experiment runs it stands above audience, traffic and split. A pause shows them the original, as
everybody, and what is shipped they get as everybody does.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.errors import InvalidInput, UnknownReference
from app.core.validation import checked_unit, is_one_line
from app.database.unit_of_work import UnitOfWork, changing
from app.experiments import designs
from app.lifecycle import entries, preconditions, rules, subjects
from app.lifecycle.preconditions import Precondition
from app.models import Actor, Experiment, FieldChange, Kind, now

MOST = 100
FIELD = "always_shown"

Units = Mapping[str, Sequence[str]]
"""The ids of visitors, by the key of the variant that they always see."""


@dataclass(frozen=True)
class AlwaysShown:
    """Who always sees which variant, and the experiment's version with that."""

    units: Units
    version: int


def of(experiment: Experiment, variants: Sequence[str]) -> dict[str, list[str]]:
    """Return who always sees each of the variants of an experiment, by their keys."""
    found: dict[str, list[str]] = {key: [] for key in variants}
    for unit, key in (experiment.always_shown or {}).items():
        found.get(key, []).append(unit)
    return found


def change(
    project_id: int,
    test_id: int,
    wanted: Units,
    actor: Actor,
    expected: Precondition | None = None,
) -> AlwaysShown:
    """Have these visitors always see these variants, and nobody else, in one unit of work.

    Raises NotFound, Refused where the experiment is archived or not as `expected`,
    UnknownReference for a variant that it has not, and InvalidInput for what is no visitor's id,
    for one that is to see two variants, and for more than MOST.
    """
    with changing(project_id, actor) as work:
        subject = subjects.load(work, test_id)
        preconditions.require(work, subject, expected)
        rules.require_editable(subject)
        experiment = work.session.get_one(Experiment, test_id)
        variants = [each.key for each in designs.current_in(work.session, test_id).variants]
        chosen = _checked(wanted, variants)
        before, present = of(experiment, variants), experiment.always_shown or {}
        if chosen != present:
            _write(experiment, chosen, now())
            changes = [_change(before, of(experiment, variants))]
            work.session.flush()
            entries.enter(work, subject, Kind.EDITED, detail="always shown", changes=changes)
        return AlwaysShown(of(experiment, variants), work.version_of(test_id, subject.version))


def forget(work: UnitOfWork, unit: str) -> None:
    """Have a visitor always see nothing any more, in the whole project; in a unit of work."""
    lists = select(Experiment).where(
        Experiment.project_id == work.project_id, Experiment.always_shown.is_not(None)
    )
    for experiment in work.session.scalars(lists):
        present = dict(experiment.always_shown or {})
        if present.pop(unit, None):
            _write(experiment, present, now())


def _checked(wanted: Units, variants: Sequence[str]) -> dict[str, str]:
    if unknown := wanted.keys() - set(variants):
        raise UnknownReference(f"The experiment has no variant “{min(unknown)}”.", FIELD)
    named = [(_checked_id(unit), key) for key in wanted for unit in wanted[key]]
    if len(named) > MOST:
        raise InvalidInput(f"At most {MOST} visitors always see a variant.", FIELD)
    twice = [unit for unit, times in Counter(unit for unit, _ in named).items() if times > 1]
    if twice:
        raise InvalidInput(f"“{twice[0]}” is named twice: once is enough.", FIELD)
    return dict(named)


def _checked_id(unit: str) -> str:
    """Return the id of a visitor; one that is no line of the page's form is refused."""
    if unit != unit.strip() or not is_one_line(unit):
        raise InvalidInput(
            "An id here is one line without control characters, or spaces around it.", FIELD
        )
    return checked_unit(unit, FIELD)


def _write(experiment: Experiment, chosen: Mapping[str, str], moment: datetime) -> None:
    experiment.always_shown = dict(chosen) or None
    experiment.updated_at = moment


def _change(before: Units, after: Units) -> FieldChange:
    """Return how many there are now, and were; history, which stays, does not say who."""
    was, becomes = ({key: len(each[key]) for key in each} for each in (before, after))
    return FieldChange(field=FIELD, before=was, after=becomes)
