"""Holding a project's queue, lifting that hold, and stopping everything: each a unit of work.

While the queue is held, neither it nor a schedule starts anything. Stops go on, and people start
what they like; the time in which something waits for a slot stands still.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts import rights
from app.core import project_row
from app.core.open_hold import Hold
from app.core.start_terms import StartTerms
from app.core.unit_of_work import UnitOfWork, changing
from app.core.validation import checked_reason
from app.lifecycle import bulk, due_changes, hold_store, pending, queue_processing, slots, subjects
from app.lifecycle.bulk import BulkOutcome, Mode, Order
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
class Stopped:
    """What came of stopping everything: each that ran, and the hold."""

    came: BulkOutcome
    held: Held


@dataclass(frozen=True)
class Restarted:
    """What came of taking that back: each that was paused, and the hold that was lifted.

    `held` is the hold that is open afterwards, None where there is none.
    """

    came: BulkOutcome
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


def undo_stop(
    project_id: int,
    actor: Actor,
    expected: Mapping[int, datetime],
    hold_id: int | None,
    terms: StartTerms,
) -> Restarted:
    """Take back that everything was stopped, in one unit of work.

    Resumes, by the rules, what is still as it was `expected` then, and lifts the hold that was
    placed with it, by its `hold_id`, if that is open still. History keeps what was refused. Raises
    NotFound when one of the experiments is not the project's.
    """
    order = Order(
        list(expected), Status.RUNNING, Mode.AS_MANY_AS_FIT, expected=expected, takes_back=True
    )
    with changing(project_id, actor) as work:
        came = bulk.carry_out_within(work, order)
        lifted = Lifted(None) if hold_id is None else _lift(work, terms, hold_id)
        came = replace(came, slots_after=slots.read(work))
        held = hold_store.read(work)
    bulk.enter_refusals(project_id, Status.RUNNING, came.items, actor)
    return Restarted(came, lifted, held)


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
