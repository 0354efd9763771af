"""Forecasts, by all that is known now and without a lock.

Will a scheduled start find a slot at its moment, and what would start if a hold were lifted?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, literal, select

from app.accounts import rights
from app.database.engine import db
from app.lifecycle import slots as plan_slots
from app.lifecycle import subjects
from app.lifecycle.holds import hold_store
from app.lifecycle.queueing.course import Coming, Course
from app.lifecycle.scheduling import due_changes
from app.lifecycle.subjects import Subject
from app.models import Experiment, QueuedStart, ScheduledChange, Status, now, stops_first, table_of


@dataclass(frozen=True)
class Forecast:
    """The forecast of a start at its moment.

    `starting` is how many starts are set for that very moment, this one too, `free` how many slots
    they share, None without a limit. `waiting` is how many have queued for one before. While the
    queue `is_held`, none of them starts by itself, whatever is free.
    """

    starting: int
    free: int | None
    waiting: int
    finds_a_slot: bool
    is_held: bool = False


def of_start(project_id: int, test_id: int, at: datetime) -> Forecast | None:
    """Return the forecast for a start.

    None where nothing can be in its way, as without a limit, and where the plan cannot be read.
    """
    slots = plan_slots.of_project(project_id)
    is_held = hold_store.of_project(project_id) is not None
    if slots is None or (slots.limit is None and not is_held):
        return None
    free = None if slots.limit is None else slots.limit - slots.running
    queued = [each for each in _queued(project_id) if each != test_id]
    is_another = (ScheduledChange.test_id != test_id) | (ScheduledChange.target != Status.RUNNING)
    coming = _coming(project_id, at, is_another)
    return foretold(free, queued, coming, at, is_held=is_held)


def foretold(
    free: int | None,
    queued: Sequence[int],
    coming: Sequence[Coming],
    at: datetime,
    *,
    is_held: bool = False,
) -> Forecast:
    """Return the forecast for a start at `at`.

    `free` slots there are now, less than none over the limit; `queued` are the test ids of what
    waits for one, in order; `coming` is what happens up to `at`, in order.
    """
    course = Course(free, (each.test_id for each in coming if each.runs), queued)
    rivals = 0
    for each in coming:
        if each.target is Status.STOPPED:
            course.stop(each.test_id)
        elif each.at < at:
            course.ask_for_a_slot(each.test_id)
        elif course.is_news(each.test_id):
            rivals += 1
        if not is_held:
            course.fill_slots()
    left = None if course.free is None else max(course.free, 0)
    finds_a_slot = not is_held and (left is None or left > rivals)
    return Forecast(rivals + 1, left, len(course.line), finds_a_slot, is_held)


def of_lift(project_id: int, late_start: timedelta) -> tuple[Subject, ...]:
    """Return what would start now if the hold of a project were lifted; nothing without one.

    By the steps of `holding.lift_hold`: first the queue, then what fell due meanwhile and is no
    later than `late_start`. Whoever asked for a start has to have the right to it still.
    """
    moment, hold = now(), hold_store.of_project(project_id)
    slots = plan_slots.of_project(project_id)
    if hold is None or slots is None:
        return ()
    free = None if slots.limit is None else slots.limit - slots.running
    may_start = _may_still_start(table_of(ScheduledChange), moment)
    is_to_happen = (ScheduledChange.target == Status.STOPPED) | (
        ~due_changes.is_late(moment, late_start) & may_start
    )
    coming = _coming(project_id, moment, is_to_happen)
    may_start = _may_still_start(table_of(QueuedStart), moment)
    queued = _queued(project_id, may_start & _has_time_left(hold.since))
    course = Course(free, (each.test_id for each in coming if each.runs), queued)
    course.fill_slots()
    for each in coming:
        if each.target is Status.STOPPED:
            course.stop(each.test_id)
        else:
            course.ask_for_a_slot(each.test_id)
        course.fill_slots()
    return subjects.find_all(project_id, course.started)


def _has_time_left(held_since: datetime) -> ColumnElement[bool]:
    """Return the condition that a queued start may go on waiting once the hold is lifted.

    The time of the hold does not count: what had time left when it began has it still.
    """
    since = literal(held_since, QueuedStart.queued_at.type)
    return (QueuedStart.expires_at > since) & (QueuedStart.expires_at > QueuedStart.queued_at)


def _may_still_start(waiting: Table, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that whoever asked for what waits has the right to it at `moment`."""
    asked_by = waiting.c
    return rights.may_have_planned(
        asked_by.user_id,
        asked_by.api_key_id,
        asked_by.project_id,
        literal(moment, QueuedStart.queued_at.type),
    )


def _queued(project_id: int, *conditions: ColumnElement[bool]) -> Sequence[int]:
    """Return what waits in the project's queue, the next one first."""
    statement = (
        select(QueuedStart.test_id)
        .where(QueuedStart.project_id == project_id, *conditions)
        .order_by(QueuedStart.place)
    )
    return db.session.scalars(statement).all()


def _coming(project_id: int, until: datetime, condition: ColumnElement[bool]) -> list[Coming]:
    """Return what is scheduled up to a moment, in the order in which it happens."""
    statement = (
        select(
            ScheduledChange.at,
            ScheduledChange.target,
            ScheduledChange.test_id,
            Experiment.status == Status.RUNNING,
        )
        .join(Experiment, Experiment.test_id == ScheduledChange.test_id)
        .where(ScheduledChange.project_id == project_id, ScheduledChange.at <= until, condition)
        .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
    )
    return [Coming(*row) for row in db.session.execute(statement)]
