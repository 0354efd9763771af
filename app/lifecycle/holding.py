"""Holding a project's queue, lifting that hold, and stopping everything: each a unit of work.

While the queue is held, neither it nor a schedule starts anything. Stops go on, and people start
what they like; the time in which something waits for a slot stands still.
"""

from dataclasses import dataclass, replace

from app.accounts import rights
from app.core import project_row
from app.core.errors import NotFound
from app.core.open_hold import Hold
from app.core.start_terms import StartTerms
from app.core.unit_of_work import UnitOfWork, changing
from app.core.validation import checked_reason
from app.lifecycle import (
    bulk,
    due_changes,
    entries,
    hold_store,
    pending,
    queue_processing,
    slots,
    subjects,
)
from app.lifecycle.bulk import BulkOutcome, Expected, Mode, Order
from app.lifecycle.hold_store import HoldEnd
from app.lifecycle.subjects import Subject
from app.models import Actor, CauseKind, Status, now


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
class StopUndo:
    """What takes back that everything was stopped: short, however much that was.

    `hold_id` is the hold that was placed by it, None where the queue was held already. What was
    paused is in history, from its first to its last entry; both are None where nothing ran.
    """

    hold_id: int | None = None
    first_entry_id: int | None = None
    last_entry_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to take back."""
        return self == StopUndo()


@dataclass(frozen=True)
class Stopped:
    """What came of stopping everything: each that ran, and the hold."""

    outcome: BulkOutcome
    held: Held

    @property
    def undo(self) -> StopUndo:
        """Return what takes it back."""
        entry_ids = [item.entry_id for item in self.outcome.changed if item.entry_id is not None]
        return StopUndo(
            self.held.hold.id if self.held.is_new else None,
            min(entry_ids, default=None),
            max(entry_ids, default=None),
        )


@dataclass(frozen=True)
class Restarted:
    """What came of taking that back: each that was paused, and the hold that was lifted.

    `held` is the hold that is open afterwards, None where there is none.
    """

    outcome: BulkOutcome
    lifted: Lifted
    held: Hold | None


def hold_queue(project_id: int, actor: Actor) -> Held:
    """Hold the queue of a project. One that is held already stays held as it is."""
    with changing(project_id, actor) as work:
        return _hold(work)


def lift_hold(
    project_id: int, actor: Actor, terms: StartTerms, hold_id: int | None = None
) -> Lifted:
    """Lift the hold, and start what the queue has slots for, and then what fell due meanwhile.

    With a `hold_id` no other hold is lifted: who asks has not seen what that would start.
    History names who lifted it as the cause of each start. What fell due too long ago waits for
    somebody to start or to drop it.
    """
    with changing(project_id, actor) as work:
        _require_right(work)
        lifted = _lift(work, terms, hold_id)
        if lifted.hold or hold_id is None:
            return lifted
        return Lifted(None, earlier=hold_store.end_of(work, hold_id))


def stop_everything(project_id: int, actor: Actor, reason: str = "") -> Stopped:
    """Pause all that runs in a project and hold its queue, in one unit of work.

    The reason is kept with each pause, and with the hold. Raises InvalidInput for one that cannot
    be kept.
    """
    reason = checked_reason(reason)
    with changing(project_id, actor) as work:
        # Before the pauses: what they free is nobody's.
        held = _hold(work, reason)
        order = Order(subjects.running_ids(work), Status.STOPPED, Mode.AS_MANY_AS_FIT, reason)
        return Stopped(bulk.carry_out_within(work, order), held)


def undo_stop(project_id: int, actor: Actor, undo: StopUndo, terms: StartTerms) -> Restarted:
    """Take back that everything was stopped, in one unit of work.

    Resumes, by the rules, what is still as it was left then, and lifts the hold that was placed
    with it, if that is open still. History keeps what was refused. Raises NotFound where the
    project's history has none of the pauses.
    """
    with changing(project_id, actor) as work:
        _require_right(work)
        outcome = bulk.carry_out_within(work, _resuming(_paused(work, undo)))
        lifted = Lifted(None) if undo.hold_id is None else _lift(work, terms, undo.hold_id)
        outcome = replace(outcome, slots_after=slots.read(work))
        held = hold_store.read(work)
    bulk.enter_refusals(project_id, Status.RUNNING, outcome.items, actor)
    return Restarted(outcome, lifted, held)


def _paused(work: UnitOfWork, undo: StopUndo) -> Expected:
    if undo.first_entry_id is None or undo.last_entry_id is None:
        return {}
    paused = entries.paused_from(work, undo.first_entry_id, undo.last_entry_id)
    if not paused:
        raise NotFound("There is nothing like this to take back.")
    return paused


def _resuming(expected: Expected) -> Order:
    return Order(
        list(expected), Status.RUNNING, Mode.AS_MANY_AS_FIT, expected=expected, takes_back=True
    )


def _require_right(work: UnitOfWork) -> None:
    """Raise where the right of whoever acts ended while they waited for the lock."""
    rights.require_right(work.storage.connection, work.project_id, work.actor)


def _hold(work: UnitOfWork, reason: str = "") -> Held:
    _require_right(work)
    before = hold_store.read(work)
    if before:
        return Held(before, is_new=False)
    project_row.bump_version(work.storage.connection, work.project_id)
    return Held(hold_store.place(work, reason), is_new=True)


def _lift(work: UnitOfWork, terms: StartTerms, hold_id: int | None = None) -> Lifted:
    hold, moment = hold_store.read(work), now()
    if hold is None or hold_id not in (None, hold.id):
        return Lifted(None)
    hold_store.lift(work, hold, moment)
    project_row.bump_version(work.storage.connection, work.project_id)
    pending.postpone(work, hold.since, moment)
    lifting = work.causing(CauseKind.HOLD_LIFTED)
    started = [
        *queue_processing.fill_slots(lifting),
        *due_changes.carry_out_due(lifting, moment, terms),
    ]
    return Lifted(hold, tuple(started))
