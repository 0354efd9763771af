"""Scheduled changes whose moment has come: carried out, dropped, or left to somebody.

Whatever is due happens once, however many processes look for it: it is deleted in the unit of work
that carries it out, under the lock of the project's row. A stop happens however late; a start that
is late waits for somebody to start it or to drop it, and one of a project whose queue is held waits
for the hold to be lifted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, union

from app.core import metrics
from app.core.start_terms import StartTerms
from app.database.engine import db
from app.database.rows import open_hold
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, pending, subjects, transitions
from app.lifecycle.apply import drop_from_queue
from app.lifecycle.queueing import queue_processing
from app.lifecycle.refusals import Refused
from app.lifecycle.rules import TO_STOPPED, ChangeRequest
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import due_rises
from app.models import (
    Actor,
    Cause,
    CauseKind,
    Door,
    History,
    Kind,
    ScheduledChange,
    ScheduledRise,
    Status,
    stops_first,
)

_ON_TIME = Cause(CauseKind.SCHEDULE)
PROJECTS_AT_ONCE = 100


def due_project_ids(moment: datetime, late_start: timedelta) -> Sequence[int]:
    """Return the projects in which something is due at `moment`, at most 100.

    Not those in which what is due waits for somebody: for a hold to be lifted, or a late start.
    """
    changes = (
        select(ScheduledChange.project_id)
        .where(ScheduledChange.at <= moment, ~_is_held)
        .where(or_(~is_late(moment, late_start), ~_is_told))
    )
    rises = select(ScheduledRise.project_id).where(ScheduledRise.at <= moment)
    statement = union(changes, rises).order_by("project_id").limit(PROJECTS_AT_ONCE)
    return db.session.scalars(statement).all()


def oldest_due(moment: datetime, late_start: timedelta) -> datetime | None:
    """Return the moment of what should have happened longest ago, of what waits for nobody."""
    change = select(func.min(ScheduledChange.at)).where(
        ScheduledChange.at <= moment, ~_is_held, ~is_late(moment, late_start)
    )
    rise = select(func.min(ScheduledRise.at)).where(ScheduledRise.at <= moment)
    oldest = db.session.execute(select(change.scalar_subquery(), rise.scalar_subquery())).one()
    return min(filter(None, oldest), default=None)


def carry_out(project_id: int, moment: datetime, terms: StartTerms) -> None:
    """Do what is due in a project at `moment`, in one unit of work: the earliest first.

    Of the same moment stops come first, since they free slots. Plan and edge are decided now,
    not when it was set, and for a start the rights of whoever asked for it, too; what may not
    happen any more is dropped, and history says why. A start that finds no slot waits in the queue,
    one that is too late for somebody to start or to drop it, which history says once.
    """
    with changing(project_id, Actor(Door.SCHEDULE)) as work:
        carry_out_due(work.acted_by(work.actor, _ON_TIME), moment, terms)


def carry_out_due(work: UnitOfWork, moment: datetime, terms: StartTerms) -> list[Subject]:
    """Do what `carry_out` does as a part of a unit of work; return what was started.

    The cause of the starts is the one of `work`.
    """
    started: list[Subject] = []
    too_late = is_late(moment, terms.late_start)
    for change in _due(work, moment, ~too_late):
        # One that is done before may have taken it back: a start from the queue does.
        if pending.unschedule(work, change.test_id, change.target):
            started += _carry_out(work, change, terms.queue_until)
    for change in _due(work, moment, too_late & ~_is_told):
        _tell_late(work, change)
    due_rises.carry_out_due(work, moment)
    return started


@dataclass(frozen=True)
class _Due:
    """A scheduled change whose moment has come, and who asked for it."""

    test_id: int
    target: Status
    at: datetime
    asked_by: Actor


def _due(work: UnitOfWork, moment: datetime, wanted: ColumnElement[bool]) -> list[_Due]:
    """Return what is due of what is `wanted`, the earliest first."""
    statement = (
        select(*_DUE)
        .where(ScheduledChange.project_id == work.project_id, ScheduledChange.at <= moment)
        .where(wanted, ~_is_held)
        .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
    )
    rows = work.execute(statement, {}).all()
    return [
        _Due(row.test_id, row.target, row.at, Actor(row.door, row.user_id, row.api_key_id))
        for row in rows
    ]


_DUE = (
    ScheduledChange.test_id,
    ScheduledChange.target,
    ScheduledChange.at,
    ScheduledChange.door,
    ScheduledChange.user_id,
    ScheduledChange.api_key_id,
)
_is_start = ScheduledChange.target == Status.RUNNING
_is_held = _is_start & open_hold.is_held(ScheduledChange.project_id)
_is_told = exists().where(
    History.test_id == ScheduledChange.test_id,
    History.kind == Kind.SCHEDULED,
    History.cause == CauseKind.LAPSED,
    History.scheduled_for == ScheduledChange.at,
)


def is_late(moment: datetime, late_start: timedelta) -> ColumnElement[bool]:
    """Return the condition of a scheduled change that it is a start, and comes too late."""
    return _is_start & (ScheduledChange.at < moment - late_start)


def _carry_out(work: UnitOfWork, change: _Due, queue_until: datetime) -> list[Subject]:
    """Do what is due, or drop it; return what was started."""
    cause = work.cause if change.target is Status.RUNNING else _ON_TIME
    asked_by = replace(change.asked_by, door=Door.SCHEDULE)
    scheduled = work.acted_by(asked_by, replace(cause, due_at=change.at))
    # A stop is a safety device: it happens, whatever has become of whoever set it.
    is_start = change.target is Status.RUNNING
    if is_start and (lapsed := queue_processing.why_lapsed(work, change.asked_by)):
        _drop(scheduled, change.test_id, change.target, lapsed)
        return []
    try:
        return _change(scheduled, change.test_id, change.target, queue_until)
    except Refused as refused:
        refusal = refused.refusal
        metrics.of_process.change_refused(refusal.code, Door.SCHEDULE)
        _drop(scheduled, change.test_id, change.target, refusal.sentence, refusal.code)
        return []


def _tell_late(work: UnitOfWork, change: _Due) -> None:
    """Enter in the history that a start has come too late to happen by itself."""
    asked_by = replace(change.asked_by, door=Door.SCHEDULE)
    late = work.acted_by(asked_by, Cause(CauseKind.LAPSED, due_at=change.at))
    experiment = subjects.load(work, change.test_id)
    words = "Too late to start by itself: it waits for somebody to start or to drop it."
    entries.enter(late, experiment, Kind.SCHEDULED, Status.RUNNING, detail=words)


def _drop(work: UnitOfWork, test_id: int, target: Status, why_not: str, code: str = "") -> None:
    experiment = subjects.load(work, test_id)
    entries.enter(work, experiment, Kind.UNSCHEDULED, target, detail=why_not, code=code)


def _change(work: UnitOfWork, test_id: int, target: Status, queue_until: datetime) -> list[Subject]:
    """Make the change; return what was started. Raises Refused."""
    if target is Status.STOPPED:
        return _stop(work, test_id)
    entry_id = queue_processing.start_or_queue(work, test_id, queue_until)
    return [] if entry_id is None else [subjects.load(work, test_id)]


def _stop(work: UnitOfWork, test_id: int) -> list[Subject]:
    """Stop what runs, or what was to run: a start that still waits comes too late.

    History says so where nothing is left to stop. Returns what the freed slot has started.
    """
    experiment = subjects.load(work, test_id)
    if experiment.is_queued:
        drop_from_queue(work, experiment, "Its stop came before a slot did.")
    elif pending.unschedule(work, test_id, Status.RUNNING):
        why = "Its stop came before it was started."
        entries.enter(work, experiment, Kind.UNSCHEDULED, Status.RUNNING, detail=why)
    elif experiment.status is Status.STOPPED:
        _drop(work, test_id, Status.STOPPED, "It fell due when the experiment was paused already.")
    else:
        change = transitions.change_status(work, test_id, ChangeRequest(TO_STOPPED))
        return queue_processing.fill_freed(work, [change.entry_id])
    return []
