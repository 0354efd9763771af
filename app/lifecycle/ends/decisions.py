"""Decisions: how an experiment ends, and the variant that everybody gets.

It is shipped, concluded, and that taken back. Shipping and concluding pause what runs, by an edge
of the rule book like any other; what is paused already stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from app.accounts.key_rights import require_scope
from app.core.errors import InvalidInput
from app.core.validation import checked_reason
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import entries, preconditions, subjects
from app.lifecycle.apply import apply, ending_after
from app.lifecycle.ends.endings import UNDECIDED, Ending
from app.lifecycle.preconditions import Precondition
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.rules import (
    EDGES,
    Action,
    Edge,
    decide,
    edge_of,
    require_run,
    scopes_of,
)
from app.lifecycle.store import Note
from app.lifecycle.subjects import NOTHING, Subject
from app.lifecycle.transitions import Change
from app.models import Conclusion, DecisionKept, History, Status, Variant, table_of


@dataclass(frozen=True)
class ActionRequest:
    """An action that somebody asks for by its name.

    `variant` is what is shipped or decided for, by its key or its position; shipped without an
    `outcome` it has won, lost where it is the original, and not finished where it never ran.
    `reason` is why, or what was learned. `expected` and `hidden` are those of a `ChangeRequest` and
    its offer. One that `is_repeatable` is a success where there is nothing to take back, too, but
    for what is archived: that stays as it is for good.
    """

    action: Action
    outcome: Conclusion | None = None
    variant: str | int | None = None
    reason: str = ""
    expected: Precondition | None = None
    hidden: frozenset[Status] = NOTHING
    is_repeatable: bool = False


def stop_serving_all(work: UnitOfWork, reason: str) -> tuple[tuple[Subject, int], ...]:
    """Have nobody get what is shipped in a project; return each, with its entry in history.

    A part of a unit of work that has asked for the right to it.
    """
    shipped = [subjects.load(work, test_id) for test_id in subjects.shipped_ids(work)]
    edge, note = edge_of(Action.STOP_SERVING), Note(reason)
    return tuple((each, apply(work, each, edge, note)) for each in shipped)


def ship_again(work: UnitOfWork, unserved: Sequence[entries.Unserved]) -> tuple[Subject, ...]:
    """Ship again what is as it was left when it was served no more; return what was shipped."""
    found = [(subjects.load(work, each.test_id), each) for each in unserved]
    as_left = [
        (experiment, each)
        for experiment, each in found
        if (each.at, each.left) == (experiment.changed_at, experiment.ending)
    ]
    for experiment, each in as_left:
        note = Note("", experiment.conclusion, None, each.variant, each.variant_name)
        apply(work, experiment, _SHIP_PAUSED, note)
    return tuple(experiment for experiment, _ in as_left)


def restoring(entry: History) -> ActionRequest | None:
    """Return what decides again what was decided before a change.

    None where it has changed nothing of that, where the edge back takes it back, and where it has
    led to where nothing can be decided.
    """
    can_be_restored = entry.to_status in (None, Status.RUNNING)
    return _restoring(entry.decision) if entry.decision and can_be_restored else None


def decide_again(work: UnitOfWork, experiment: Subject, ended: DecisionKept) -> Change:
    """Decide again what a change of status has ended, as a part of a unit of work."""
    return decide_within(work, experiment, _restoring(ended))


def _restoring(kept: DecisionKept) -> ActionRequest:
    before, after = Ending.of(kept["before"]), Ending.of(kept["after"])
    if before == UNDECIDED:
        return ActionRequest(Action.REOPEN)
    if before.is_shipped:
        return ActionRequest(Action.SHIP, before.outcome, before.variant)
    if (before.outcome, before.variant) == (after.outcome, after.variant):
        return ActionRequest(Action.STOP_SERVING)
    return ActionRequest(Action.CONCLUDE, before.outcome, before.variant)


def decide_within(work: UnitOfWork, experiment: Subject, request: ActionRequest) -> Change:
    """Take an action that decides something, as a part of a unit of work.

    Its owner sees to the queue. Raises what `take_action` raises.
    """
    for scope in scopes_of(edge_of(request.action), experiment):
        require_scope(work.actor, scope)
    note = _note(work, experiment, request)
    preconditions.require(work, experiment, request.expected)
    decision = decide(experiment, request.action, None)
    if isinstance(decision, Refusal):
        if request.is_repeatable and experiment.status is not Status.ARCHIVED:
            return Change(experiment.status, experiment.version)
        raise Refused(decision)
    require_run(experiment, note.conclusion, note.variant)
    if _is_so_already(experiment, decision, note):
        return Change(experiment.status, experiment.version)
    entry_id = apply(work, experiment, decision, note)
    version = work.version_of(experiment.test_id, entry_id)
    return Change(decision.target, version, decision, entry_id, experiment.has_queue)


def _is_so_already(experiment: Subject, edge: Edge, note: Note) -> bool:
    stays = edge.origin is edge.target
    return stays and ending_after(experiment.ending, edge.action, note) == experiment.ending


def _note(work: UnitOfWork, experiment: Subject, request: ActionRequest) -> Note:
    """Return what history keeps. Raises InvalidInput for what it cannot keep."""
    reason, outcome = checked_reason(request.reason), request.outcome
    if request.action not in {Action.SHIP, Action.CONCLUDE}:
        if outcome or request.variant is not None:
            raise InvalidInput("What is taken back has no outcome, and no variant.", "outcome")
        return Note(reason)
    if request.action is Action.CONCLUDE and outcome is None:
        raise InvalidInput("Say how it ended.", "outcome")
    if request.action is Action.CONCLUDE and request.variant is None:
        return Note(reason, outcome)
    return _of_variant(work, experiment, request, reason)


def _of_variant(work: UnitOfWork, experiment: Subject, request: ActionRequest, reason: str) -> Note:
    """Return the note on a variant of the experiment's current run."""
    rows = work.execute(_variants, {"run": experiment.run_id}).all()
    found = [row for row in rows if request.variant in (row.key, row.position)]
    if not found:
        known = ", ".join(row.key for row in rows)
        raise InvalidInput(f"Name a variant of it: {known}.", "variant")
    variant = found[0]
    outcome = request.outcome or _usual_outcome(experiment, variant.position)
    return Note(reason, outcome, variant=variant.key, variant_name=variant.name)


def _usual_outcome(experiment: Subject, position: int) -> Conclusion:
    """Return how it has ended that the variant at a position is shipped, where nobody says."""
    if experiment.run_opened_at is None:
        return Conclusion.UNFINISHED
    return Conclusion.WON if position else Conclusion.LOST


_SHIP_PAUSED = next(
    edge for edge in EDGES if (edge.action, edge.origin) == (Action.SHIP, Status.STOPPED)
)
_variant = table_of(Variant).c
_variants = (
    select(_variant.key, _variant.name, _variant.position)
    .where(_variant.run_id == bindparam("run"))
    .order_by(_variant.position)
)
