"""Processing of the queue: starts in the order of the queue, when a slot frees."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.accounts import key_rights, rights
from app.database.rows import project_row
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import announcements, entries, pending, preconditions, refusals, subjects
from app.lifecycle import slots as plan_slots
from app.lifecycle.apply import apply, drop_from_queue
from app.lifecycle.holds import hold_store
from app.lifecycle.pending import Waiting
from app.lifecycle.preconditions import Precondition
from app.lifecycle.refusals import Refusal, RefusalCode, Refused
from app.lifecycle.rules import Edge, decide_start
from app.lifecycle.subjects import Subject
from app.models import Actor, Cause, CauseKind, Door, Kind, Scope, Status, now

_GOES_ON_WAITING = frozenset({RefusalCode.PLAN_LIMIT, RefusalCode.PLAN_UNREADABLE})


def start_or_queue(
    work: UnitOfWork, test_id: int, queue_until: datetime, expected: Precondition | None = None
) -> int | None:
    """Start an experiment, or queue its start where the plan alone is in the way.

    It is when its slots are taken, and when it cannot be read; and a queue that is held starts
    nothing. Returns the id of the start's entry in history, None where it waits. Raises NotFound,
    and Refused where something else is in the way, the queue is full, or the experiment has changed
    since `expected`.
    """
    experiment = subjects.load(work, test_id)
    key_rights.require_scope(work.actor, Scope.START)
    preconditions.require(work, experiment, expected)
    decision = decide_start(experiment, plan_slots.read(work))
    if isinstance(decision, Edge) and not hold_store.is_held(work):
        return apply(work, experiment, decision)
    if isinstance(decision, Refusal) and decision.code not in _GOES_ON_WAITING:
        raise Refused(decision)
    _queue(work, experiment, queue_until)
    return None


def fill_freed(work: UnitOfWork, entry_ids: Sequence[int | None]) -> list[Subject]:
    """Do what `fill_slots` does with slots that these entries of history have freed."""
    slots = plan_slots.read(work.causing(CauseKind.FREED_SLOT))
    # Over the limit, the first of them have freed none.
    freed = entry_ids[-slots.free :] if slots and slots.free else entry_ids
    causes = [work.causing(CauseKind.FREED_SLOT, entry_id) for entry_id in freed]
    return _fill(causes[0], causes)


def fill_slots(work: UnitOfWork) -> list[Subject]:
    """Start what waits for a slot, in order, as long as the plan has one; return what started.

    A part of every unit of work that may free a slot: `work` says why. The rules are asked again
    for each: only the plan can be in the way, since a change of status leaves the queue. A queue
    that is held starts nothing.
    """
    return _fill(work, [work])


def _fill(work: UnitOfWork, causes: Sequence[UnitOfWork]) -> list[Subject]:
    """Fill slots: the first start follows from the first cause, and so on to the last."""
    started: list[Subject] = []
    line = pending.line(work)
    for waiting in () if line and hold_store.is_held(work) else line:
        if drop_if_lapsed(work, waiting):
            continue
        experiment = subjects.load(work, waiting.test_id)
        decision = decide_start(experiment, plan_slots.read(work))
        if not isinstance(decision, Edge):
            break
        cause = causes[min(len(started), len(causes) - 1)]
        served = _queue_of(cause, waiting)
        entry_id = apply(served, experiment, decision)
        announcements.queued_start_came(served, experiment, waiting.asked_by, entry_id)
        started.append(experiment)
    return started


def drop_if_lapsed(work: UnitOfWork, waiting: Waiting, *, is_held: bool = False) -> bool:
    """Take out of the queue what has waited too long, or was asked for by who may not any more.

    The time in which it is held does not count.
    """
    why = why_lapsed(work, waiting.asked_by, None if is_held else waiting.expires_at)
    if why:
        lapsed = replace(_queue_of(work, waiting), cause=Cause(CauseKind.LAPSED))
        drop_from_queue(lapsed, subjects.load(work, waiting.test_id), why)
    return bool(why)


def why_lapsed(work: UnitOfWork, asked_by: Actor, expires_at: datetime | None = None) -> str:
    """Return why a start that somebody asked for earlier is not to happen, "" if it may."""
    if expires_at and expires_at <= now():
        return "No slot was free before its time in the queue was up."
    if not rights.may_still_have_planned(work.storage.connection, work.project_id, asked_by):
        return "Whoever asked for it may not change experiments here any more."
    return ""


def _queue_of(work: UnitOfWork, waiting: Waiting) -> UnitOfWork:
    """Return the unit of work as the queue acts in it, for whoever asked for the start."""
    return work.acted_by(replace(waiting.asked_by, door=Door.QUEUE))


def _queue(work: UnitOfWork, experiment: Subject, queue_until: datetime) -> None:
    if experiment.is_queued:
        _renew(work, experiment, queue_until)
        return
    if pending.is_full(work):
        raise Refused(refusals.QUEUE_FULL)
    pending.join(work, experiment, queue_until)
    entries.enter(work, experiment, Kind.QUEUED, Status.RUNNING)


def _renew(work: UnitOfWork, experiment: Subject, queue_until: datetime) -> None:
    """Have it wait in its place for whoever asked last; history keeps who that is."""
    asked_by = next(
        each.asked_by for each in pending.line(work) if each.test_id == experiment.test_id
    )
    pending.renew(work, experiment.test_id, queue_until)
    if asked_by != work.actor:
        again = "Asked for again, by somebody else."
        entries.enter(work, experiment, Kind.QUEUED, Status.RUNNING, detail=again)
    else:
        project_row.bump_version(work.storage.connection, work.project_id)
