"""Changes of a draft's design."""

from collections.abc import Callable
from dataclasses import asdict, replace

from sqlalchemy import delete

from app.core.errors import ChangedMeanwhile
from app.database.unit_of_work import UnitOfWork, changing
from app.experiments import designs
from app.experiments.designs import Design
from app.lifecycle import entries, rules, runs, subjects
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import planned_rises
from app.models import Actor, Experiment, FieldChange, Kind, Run, RunGoal, Variant, now

_WORDS = {
    "variants": "variants",
    "traffic_allocation": "traffic",
    "minimum_days": "minimum of days",
    "minimum_visitors": "minimum of visitors",
    "goals": "goals",
    "audience": "audience",
    "named_audience": "audience",
    "audience_name": "audience",
}
# History names what a design refers to, and keeps the conditions themselves.
_NAMES = ("named_audience", "audience_name")


def change(
    project_id: int,
    test_id: int,
    changed: Callable[[Design], Design],
    actor: Actor,
    expected: str | None = None,
) -> Design:
    """Give a draft the design that `changed` makes of its present one, in one unit of work.

    Returns it with everything said. History keeps which parts have changed, and how; where none
    has, nothing is written but that a rise is taken back which it leaves nothing to come for.

    A run that was open before keeps its own, with its visitors: the next start is another run.
    Raises NotFound, InvalidInput, Refused when the experiment is no draft, and ChangedMeanwhile
    when it has another design than the one whose fingerprint was `expected`, if that is said, and
    than the one that is wanted: what is sent twice is saved.
    """
    with changing(project_id, actor) as work:
        return change_within(work, subjects.load(work, test_id), changed, expected)


def change_within(
    work: UnitOfWork,
    experiment: Subject,
    changed: Callable[[Design], Design],
    expected: str | None = None,
) -> Design:
    """Do what `change` does as a part of a unit of work."""
    rules.require_open_design(experiment)
    run = designs.current_in(work.session, experiment.test_id)
    wanted = designs.checked(changed(designs.of(run)))
    return _become(work, experiment, run, wanted, expected)


def follow_within(work: UnitOfWork, experiment: Subject) -> None:
    """Give a draft the audience that its design names as that is now, as a part of a unit of work.

    The rest stays as it is, also what a version before took and no design may get any more.
    """
    run = designs.current_in(work.session, experiment.test_id)
    _become(work, experiment, run, designs.of(run))


def _become(
    work: UnitOfWork, experiment: Subject, run: Run, wanted: Design, expected: str | None = None
) -> Design:
    before, design = designs.of(run), designs.resolved(work.session, work.project_id, wanted)
    if design != _without_old_name(before):
        if expected not in (None, designs.fingerprint(before)):
            raise ChangedMeanwhile("It is not the design that was expected.")
        number = _make_room(work, run)
        designs.plan(work.session, work.project_id, experiment.test_id, design, number)
        work.session.get_one(Experiment, experiment.test_id).updated_at = now()
        work.session.flush()
        _enter(work, experiment, before, design)
    planned_rises.give_way(work, experiment, design.traffic_allocation)
    return design


def differences(before: Design, after: Design) -> list[FieldChange]:
    """Return what of a design differs from another: the conditions of an audience, not its name."""
    was, becomes = asdict(before), asdict(after)
    return [
        FieldChange(field=part, before=was[part], after=becomes[part])
        for part in _WORDS
        if part not in _NAMES and was[part] != becomes[part]
    ]


def _enter(work: UnitOfWork, experiment: Subject, before: Design, after: Design) -> None:
    """Keep in history which parts of a design have changed: in words, and from what to what."""
    parts = [part for part in _WORDS if getattr(before, part) != getattr(after, part)]
    words = ", ".join(dict.fromkeys(_word(part, after) for part in parts))
    changes = differences(before, after)
    entries.enter(work, experiment, Kind.EDITED, detail=words, changes=changes)


def _word(part: str, design: Design) -> str:
    """Return a changed part of a design in words: an audience by its name, if it has one."""
    word = _WORDS[part]
    return (
        f"{word} “{design.audience_name}”" if word == "audience" and design.audience_name else word
    )


def _without_old_name(design: Design) -> Design:
    """Return a design without the name of an audience that its project does not keep any more."""
    return design if design.named_audience else replace(design, audience_name="")


def _make_room(work: UnitOfWork, run: Run) -> int:
    """Take a planned run away, or leave an opened one behind; the number of the one to come."""
    if run.opened_at:
        runs.supersede(work, run.id)
        return run.number + 1
    for part in (Variant, RunGoal):
        work.session.execute(delete(part).where(part.run_id == run.id))
    work.session.execute(delete(Run).where(Run.id == run.id))
    return run.number
