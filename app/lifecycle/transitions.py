"""Changes of status, each in one unit of work: asked of the rule book, carried out, and kept.

What a change brings with it belongs to the same unit of work: a freed slot goes to the queue before
anybody else can take it.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from sqlalchemy.exc import DBAPIError

from app.accounts.key_rights import require_scope
from app.core import metrics
from app.core.errors import Conflict, InvalidInput
from app.core.validation import checked_reason
from app.database import transactions
from app.database.rows import project_row
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import announcements, demand, entries, preconditions, refusals, store, subjects
from app.lifecycle import slots as plan_slots
from app.lifecycle.apply import apply, drop_plans, timestamps
from app.lifecycle.ends.endings import UNDECIDED
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queueing import queue_processing
from app.lifecycle.refusals import Refusal, RefusalCode, Refused
from app.lifecycle.rules import (
    Action,
    ChangeRequest,
    Edge,
    Unchanged,
    decide,
    decide_request,
    decide_start,
    require_run,
    scope_of,
    scopes_to,
    takes_slot,
)
from app.lifecycle.slots import Slots
from app.lifecycle.store import Note
from app.lifecycle.subjects import Reference, Subject
from app.models import Actor, Conclusion, DecisionKept, SplitFault, Status, now


@dataclass(frozen=True)
class Change:
    """The outcome of a request that was not refused.

    `edge` was taken, and `entry_id` is its entry in history; both are None where the experiment
    was in `status` already. `has_queue` where others of its project waited when it was taken.
    `version` is the experiment's now. `split_fault` is why what was started can never measure
    anything, if so.
    """

    status: Status
    version: int
    edge: Edge | None = None
    entry_id: int | None = None
    has_queue: bool = False
    split_fault: SplitFault | None = None


def transition(
    project_id: int, experiment: Reference, request: ChangeRequest, actor: Actor
) -> Change:
    """Bring an experiment to the status that is asked for, in one unit of work.

    Raises NotFound when the project has no such experiment that the door knows, Refused when
    the rules say no, Forbidden for a key without the scope that it takes, and InvalidInput for a
    reason or conclusion that cannot be kept. Nothing has changed then; history keeps what was
    refused.
    """
    target = request.offer.target
    with deciding(project_id, experiment, target, actor, is_single=True) as work:
        change = change_status(work, experiment, request)
        if change.edge and change.edge.frees_slot and change.has_queue:
            queue_processing.fill_freed(work, [change.entry_id])
        return change


def change_status(work: UnitOfWork, reference: Reference, request: ChangeRequest) -> Change:
    """Do what `transition` does as a part of a unit of work, whose owner sees to the queue."""
    experiment = subjects.load(work, reference, request.offer.hidden)
    for scope in scopes_to(experiment, request.offer.target):
        require_scope(work.actor, scope)
    note = checked_note(request.reason, request.conclusion, request.offer.target)
    preconditions.require(work, experiment, request.expected)
    slots = plan_slots.read(work) if takes_slot(experiment, request.offer) else None
    decision = decide_request(experiment, request.offer, slots)
    match decision:
        case Refusal():
            raise Refused(decision)
        case Edge():
            require_run(experiment, note.conclusion)
            entry_id = apply(work, experiment, decision, note)
            # Whoever asks for a status says where it is to stand, whichever edge that takes.
            if decision.keeps_plans:
                drop_plans(work.following(entry_id), experiment, experiment.status)
            fault = experiment.split_fault if decision.takes_slot else None
            version = work.version_of(experiment.test_id, entry_id)
            return Change(decision.target, version, decision, entry_id, experiment.has_queue, fault)
        case Unchanged():
            drop_plans(work, experiment, experiment.status)
            version = work.version_of(experiment.test_id, experiment.version)
            return Change(experiment.status, version)


@contextmanager
def deciding(
    project_id: int,
    experiment: Reference,
    target: Status,
    actor: Actor,
    *,
    is_single: bool = False,
    deciding_action: Action | None = None,
) -> Generator[UnitOfWork]:
    """Begin a unit of work that asks for one change; history keeps what the rules refuse in it.

    And by which action, of one that decides something: its status alone does not say that.
    """
    try:
        with changing(project_id, actor, is_single=is_single) as work:
            yield work
    except Refused as refused:
        asked = [(experiment, target, refused.refusal)]
        enter_refusals(project_id, actor, asked, deciding_action)
        raise


def enter_refusals(
    project_id: int,
    actor: Actor,
    refused: Sequence[tuple[Reference, Status, Refusal]],
    deciding_action: Action | None = None,
) -> None:
    """Keep in history what was refused: the experiment, the status asked for, and why not.

    Refusals of the plan's limit are counted by day as well. They are kept even where the right to
    ask has ended since. A database in trouble may keep none: the caller has been told no already.
    """
    for _, _, refusal in () if transactions.is_tried() else refused:
        metrics.of_process.change_refused(refusal.code, actor.door)
    with suppress(DBAPIError, Conflict), changing(project_id, actor) as work:
        for reference, target, refusal in refused:
            experiment = subjects.read(work, reference)
            if experiment is None:
                continue
            decided = _as_decided(experiment, refusal)
            asked = _asked_to_decide(decided, deciding_action) if deciding_action else None
            entries.enter_refusal(work, decided, target, refusal, asked)
        at_the_limit = [each for *_, each in refused if each.code is RefusalCode.PLAN_LIMIT]
        demand.count(work, refusals=len(at_the_limit))
        project_row.bump_version(work.storage.connection, work.project_id)


def _asked_to_decide(experiment: Subject, action: Action) -> DecisionKept:
    """Return what history keeps of a decision that was refused: nothing is another by it."""
    kept = experiment.ending.kept
    name = experiment.variant_name or ""
    return {"action": action, "name": name, "before": kept, "after": kept}


def _as_decided(experiment: Subject, refusal: Refusal) -> Subject:
    """Return the experiment as it was when it was refused; somebody may have changed it since."""
    if refusal.status is None or refusal.code is RefusalCode.HOLDER_NOT_RUNNING:
        return experiment
    return replace(experiment, status=refusal.status)


def swap(
    project_id: int,
    test_id: int,
    paused_test_id: int,
    actor: Actor,
    reason: str = "",
    expected: Precondition | None = None,
) -> Change:
    """Pause a running experiment and start another in its slot, in one unit of work.

    One history entry names both. Raises NotFound for either, Refused when the one is not running
    any more, or the other may not start or has changed since `expected`, and InvalidInput for a
    reason that cannot be kept; nothing has changed then.
    """
    with deciding(project_id, test_id, Status.RUNNING, actor) as work:
        return swap_within(work, test_id, paused_test_id, reason, expected)


def swap_within(
    work: UnitOfWork,
    test_id: int,
    paused_test_id: int,
    reason: str,
    expected: Precondition | None,
) -> Change:
    """Do what `swap` does as a part of a unit of work."""
    note = Note(checked_reason(reason), paused_test_id=paused_test_id)
    incoming = subjects.load(work, test_id)
    for target in (Status.RUNNING, Status.STOPPED):
        require_scope(work.actor, scope_of(target))
    preconditions.require(work, incoming, expected)
    return _swap(work, incoming, subjects.load(work, paused_test_id), note)


def checked_note(reason: str, conclusion: Conclusion | None, target: Status) -> Note:
    """Return what history keeps of a change to `target`; InvalidInput for what it cannot keep."""
    if conclusion and target is not Status.ARCHIVED:
        raise InvalidInput("Give an outcome only when archiving.", "outcome")
    return Note(checked_reason(reason), conclusion)


def _swap(work: UnitOfWork, incoming: Subject, holder: Subject, note: Note) -> Change:
    pause = decide(holder, Action.PAUSE, None)
    if isinstance(pause, Refusal):
        raise Refused(refusals.holder_not_running(holder))
    edge = _decided_in_place_of_one(incoming, plan_slots.read(work))
    moment = now()
    entry_id = apply(work, incoming, edge, note, moment)
    moments = timestamps(holder, pause.target, moment)
    store.set_status(work, holder, pause.target, moments, entry_id)
    work.note_taken(pause.action)
    announcements.status_changed(work, holder, pause, note, UNDECIDED, entry_id)
    version = work.version_of(incoming.test_id, entry_id)
    return Change(edge.target, version, edge, entry_id, split_fault=incoming.split_fault)


def _decided_in_place_of_one(incoming: Subject, slots: Slots | None) -> Edge:
    """Return the edge to take when one of the running is paused; Refused, with the slots now."""
    start = decide_start(incoming, slots and slots.without_one)
    if isinstance(start, Edge):
        return start
    if start.slots and slots:
        raise Refused(refusals.at_the_limit(slots))
    raise Refused(start)
