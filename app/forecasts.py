"""Whether a start that is set for a moment will find a slot then, by all that is known now."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app import slots as plan_slots
from app.extensions import db
from app.models import Experiment, QueuedStart, ScheduledChange, Status


@dataclass(frozen=True)
class Coming:
    """A scheduled change of an experiment, which `runs` now or does not."""

    at: datetime
    target: Status
    test_id: int
    runs: bool


@dataclass(frozen=True)
class Forecast:
    """What a start will find at its moment.

    `starting` is how many starts are set for that very moment, this one too, `free` how many slots
    they share. `waiting` is how many have queued for one before.
    """

    starting: int
    free: int
    waiting: int
    finds_a_slot: bool


def of_start(project_id: int, test_id: int, at: datetime) -> Forecast | None:
    """The forecast for a start; None where the plan has no limit or cannot be read."""
    slots = plan_slots.of_project(project_id)
    if slots is None or slots.limit is None:
        return None
    free = slots.limit - slots.running
    return foretold(free, _queued(project_id), _coming(project_id, test_id, at), at)


def foretold(free: int, queued: int, coming: list[Coming], at: datetime) -> Forecast:
    """The forecast for a start at `at`.

    `free` slots there are now, less than none over the limit; `queued` wait for one; `coming` is
    what happens up to `at`, in order.
    """
    rivals = sum(each.at == at and each.target is Status.RUNNING for each in coming)
    running: set[int | None] = {each.test_id for each in coming if each.runs}
    line = deque[int | None]([None] * queued)
    for each in coming:
        if each.target is Status.STOPPED and each.test_id in running:
            running.discard(each.test_id)
            free += 1
        elif each.target is Status.RUNNING and each.at < at:
            line.append(each.test_id)
        while free > 0 and line:
            free -= 1
            running.add(line.popleft())
    return Forecast(rivals + 1, max(free, 0), len(line), finds_a_slot=free > rivals)


def _queued(project_id: int) -> int:
    statement = select(func.count()).where(QueuedStart.project_id == project_id)
    return db.session.scalar(statement) or 0


def _coming(project_id: int, test_id: int, at: datetime) -> list[Coming]:
    """What is scheduled up to `at`, but for the start of the experiment itself."""
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
        .order_by(ScheduledChange.at, ScheduledChange.target.desc(), ScheduledChange.test_id)
    )
    return [Coming(*row) for row in db.session.execute(statement)]
