"""Holding a project's queue, lifting that hold, and stopping everything: each a unit of work.

While the queue is held, neither it nor a schedule starts anything. Stops go on, and people start
what they like; the time in which something waits for a slot stands still.
"""

from dataclasses import dataclass, replace

from app.accounts import key_rights, rights
from app.core.start_terms import StartTerms
from app.core.validation import checked_reason
from app.database.rows import project_history
from app.database.rows.open_hold import Hold
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import pending, slots, subjects
from app.lifecycle.ends import decisions
from app.lifecycle.holds import hold_store, stops
from app.lifecycle.holds.hold_store import HoldEnd
from app.lifecycle.holds.stops import StopUndo
from app.lifecycle.many import bulk
from app.lifecycle.many.orders import BulkOutcome, Expected, Mode, Order
from app.lifecycle.queueing import queue_processing
from app.lifecycle.scheduling import due_changes
from app.lifecycle.subjects import Subject
from app.models import Actor, CauseKind, ProjectKind, Scope, Status, now


@dataclass(frozen=True)
class Held:
    """A hold; `is_new` where it was placed by what was just done."""

    hold: Hold
    is_new: bool


@dataclass(frozen=True)
class Lifted:
    """The hold that was lifted, None where nothing was, and what started then.

    `earlier` is how the hold ended that was asked for, where somebody had lifted it before.
    """

    hold: Hold | None
    started: tuple[Subject, ...] = ()
    earlier: HoldEnd | None = None


@dataclass(frozen=True)
class Stopped:
    """What came of stopping everything: each that ran, and the hold.

    `unserved` was shipped, and is served to nobody any more, each with its entry in history.
    """

    outcome: BulkOutcome
    held: Held
    unserved: tuple[tuple[Subject, int], ...] = ()

    @property
    def undo(self) -> StopUndo:
        """Return what takes it back."""
        entry_ids = [item.entry_id for item in self.outcome.changed if item.entry_id is not None]
        entry_ids += [entry_id for _, entry_id in self.unserved]
        return StopUndo(
            self.held.hold.id if self.held.is_new else None,
            min(entry_ids, default=None),
            max(entry_ids, default=None),
        )


@dataclass(frozen=True)
class Restarted:
    """What came of taking that back: each that was paused, and the hold that was lifted.

    `held` is the hold that is open afterwards, None where there is none; `served` is shipped again.
    """

    outcome: BulkOutcome
    lifted: Lifted
    held: Hold | None
    served: tuple[Subject, ...] = ()


def hold_queue(project_id: int, actor: Actor, reason: str = "") -> Held:
    """Hold the queue of a project. One that is held already stays held as it is.

    Raises InvalidInput for a reason that cannot be kept.
    """
    reason = checked_reason(reason)
    with changing(project_id, actor) as work:
        _require_right(work, Scope.PAUSE)
        return _hold(work, reason)


def lift_hold(
    project_id: int, actor: Actor, terms: StartTerms, hold_id: int | None = None
) -> Lifted:
    """Lift the hold, and start what the queue has slots for, and then what fell due meanwhile.

    With a `hold_id` no other hold is lifted: who asks has not seen what that would start.
    History names who lifted it as the cause of each start. What fell due too long ago waits for
    somebody to start or to drop it.
    """
    with changing(project_id, actor) as work:
        _require_right(work, Scope.START)
        lifted = _lift(work, terms, hold_id)
        if lifted.hold or hold_id is None:
            return lifted
        return Lifted(None, earlier=hold_store.end_of(work, hold_id))


def stop_everything(
    project_id: int, actor: Actor, reason: str = "", *, stops_serving: bool = False
) -> Stopped:
    """Pause all that runs in a project and hold its queue, in one unit of work.

    What is shipped goes on, unless it `stops_serving` too. The reason is kept with each pause, and
    with the hold. Raises InvalidInput for one that cannot be kept.
    """
    reason = checked_reason(reason)
    with changing(project_id, actor) as work:
        _require_right(work, Scope.PAUSE)
        entry_id = project_history.enter(work, ProjectKind.EVERYTHING_STOPPED, reason=reason)
        stopping = work.belonging_to(entry_id)
        # Before the pauses: what they free is nobody's.
        held = _hold(stopping, reason)
        order = Order(subjects.running_ids(work), Status.STOPPED, Mode.AS_MANY_AS_FIT, reason)
        unserved = decisions.stop_serving_all(stopping, reason) if stops_serving else ()
        stopped = Stopped(bulk.carry_out_within(stopping, order), held, unserved)
        counts = {"experiments": len(stopped.outcome.changed)}
        counts |= {"unserved": len(unserved)} if unserved else {}
        project_history.complete(work, entry_id, counts, stopped.undo.hold_id)
        return stopped


def undo_stop(project_id: int, actor: Actor, undo: StopUndo, terms: StartTerms) -> Restarted:
    """Take back that everything was stopped, in one unit of work.

    Resumes, by the rules, what is still as it was left then, and lifts the hold that was placed
    with it, if that is open still. History keeps what was refused. Raises NotFound for what is not
    exactly what one Stop everything has done in the project: a part of its pauses, more than them,
    or another hold.
    """
    with changing(project_id, actor) as work:
        _require_right(work, Scope.START)
        outcome, lifted, served = _taken_back(work, undo, terms)
        outcome = replace(outcome, slots_after=slots.read(work))
        held = hold_store.read(work)
    bulk.enter_refusals(project_id, Status.RUNNING, outcome.items, actor)
    return Restarted(outcome, lifted, held, served)


def _taken_back(
    work: UnitOfWork, undo: StopUndo, terms: StartTerms
) -> tuple[BulkOutcome, Lifted, tuple[Subject, ...]]:
    """Take back what is left of it; where nothing is, history says nothing of that."""
    stop = None if undo.is_empty else stops.find(work, undo)
    if stop is None or not stops.is_left(work, stop):
        nothing = bulk.carry_out_within(work, _resuming(stop.expected if stop else {}))
        return nothing, Lifted(None), ()
    entry_id = project_history.enter(work, ProjectKind.STOP_UNDONE, cause_entry_id=stop.entry_id)
    undoing = work.belonging_to(entry_id)
    served = decisions.ship_again(undoing, stop.unserved)
    outcome = bulk.carry_out_within(undoing, _resuming(stop.expected))
    lifted = Lifted(None) if stop.hold_id is None else _lift(undoing, terms, stop.hold_id)
    counts = {"experiments": len(outcome.changed)}
    counts |= {"served": len(served)} if served else {}
    project_history.complete(work, entry_id, counts, lifted.hold and lifted.hold.id)
    return outcome, lifted, served


def _resuming(expected: Expected) -> Order:
    return Order(
        list(expected), Status.RUNNING, Mode.AS_MANY_AS_FIT, expected=expected, takes_back=True
    )


def _require_right(work: UnitOfWork, scope: Scope) -> None:
    """Raise where the right of whoever acts ended while they waited for the lock.

    And where a key has not the scope.
    """
    key_rights.require_scope(work.actor, scope)
    rights.require_right(work.storage.connection, work.project_id, work.actor)


def _hold(work: UnitOfWork, reason: str) -> Held:
    before = hold_store.read(work)
    if before:
        return Held(before, is_new=False)
    hold = hold_store.place(work, reason)
    project_history.enter(work, ProjectKind.QUEUE_HELD, reason=reason, hold_id=hold.id)
    return Held(hold, is_new=True)


def _lift(work: UnitOfWork, terms: StartTerms, hold_id: int | None = None) -> Lifted:
    hold, moment = hold_store.read(work), now()
    if hold is None or hold_id not in (None, hold.id):
        return Lifted(None)
    hold_store.lift(work, hold, moment)
    entry_id = project_history.enter(work, ProjectKind.HOLD_LIFTED)
    pending.postpone(work, hold.since, moment)
    lifting = work.causing(CauseKind.HOLD_LIFTED).belonging_to(entry_id)
    started = [
        *queue_processing.fill_slots(lifting),
        *due_changes.carry_out_due(lifting, moment, terms),
    ]
    project_history.complete(work, entry_id, {"experiments": len(started)}, hold.id)
    return Lifted(hold, tuple(started))
