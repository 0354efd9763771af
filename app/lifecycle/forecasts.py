"""Forecasts: will a scheduled start find a slot at its moment, by all that is known now?"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.database import db
from app.lifecycle import slots as plan_slots
from app.models import Experiment, QueuedStart, ScheduledChange, Status, stops_first


@dataclass(frozen=True)
class Coming:
    """A scheduled change of an experiment, which `runs` now or does not."""

    at: datetime
    target: Status
    test_id: int
    runs: bool


@dataclass(frozen=True)
class Forecast:
    """The forecast of a start at its moment.

    `starting` is how many starts are set for that very moment, this one too, `free` how many slots
    they share. `waiting` is how many have queued for one before.
    """

    starting: int
    free: int
    waiting: int
    finds_a_slot: bool


def of_start(project_id: int, test_id: int, at: datetime) -> Forecast | None:
    """Return the forecast for a start; None where the plan has no limit or cannot be read."""
    slots = plan_slots.of_project(project_id)
    if slots is None or slots.limit is None:
        return None
    free = slots.limit - slots.running
    queued = _queued(project_id, test_id)
    return foretold(free, queued, _coming(project_id, test_id, at), at)


def foretold(free: int, queued: Sequence[int], coming: Sequence[Coming], at: datetime) -> Forecast:
    """Return the forecast for a start at `at`.

    `free` slots there are now, less than none over the limit; `queued` are the test ids of what
    waits for one, in order; `coming` is what happens up to `at`, in order.
    """
    running = {each.test_id for each in coming if each.runs}
    line, rivals = deque(queued), 0
    for each in coming:
        if each.target is Status.STOPPED and each.test_id in running:
            running.discard(each.test_id)
            free += 1
        elif each.target is Status.STOPPED and each.test_id in line:
            line.remove(each.test_id)
        elif each.target is Status.RUNNING and each.test_id not in {*running, *line}:
            if each.at == at:
                rivals += 1
            else:
                line.append(each.test_id)
        while free > 0 and line:
            free -= 1
            running.add(line.popleft())
    return Forecast(rivals + 1, max(free, 0), len(line), finds_a_slot=free > rivals)


def _queued(project_id: int, test_id: int) -> Sequence[int]:
    """Return what waits in the project's queue, the next one first, without the experiment."""
    statement = (
        select(QueuedStart.test_id)
        .where(QueuedStart.project_id == project_id, QueuedStart.test_id != test_id)
        .order_by(QueuedStart.place)
    )
    return db.session.scalars(statement).all()


def _coming(project_id: int, test_id: int, at: datetime) -> list[Coming]:
    """Return what is scheduled up to `at`, but for the start of the experiment itself."""
    statement = (
        select(
            ScheduledChange.at,
            ScheduledChange.target,
            ScheduledChange.test_id,
            Experiment.status == Status.RUNNING,
        )
        .join(Experiment, Experiment.test_id == ScheduledChange.test_id)
        .where(
            ScheduledChange.project_id == project_id,
            ScheduledChange.at <= at,
            (ScheduledChange.test_id != test_id) | (ScheduledChange.target != Status.RUNNING),
        )
        .order_by(ScheduledChange.at, stops_first, ScheduledChange.test_id)
    )
    return [Coming(*row) for row in db.session.execute(statement)]
