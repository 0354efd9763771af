"""The demo's queued start, scheduled start, and refused starts."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select, update

from app.database.unit_of_work import UnitOfWork
from app.demo.shapes import Later
from app.lifecycle import demand, entries, rules, slots, subjects
from app.lifecycle.queueing import queue_processing
from app.lifecycle.refusals import Refusal
from app.lifecycle.scheduling import schedules
from app.lifecycle.subjects import Subject
from app.models import Experiment, History, Kind, QueuedStart, Status, now
from app.web import settings

BEGINS_AT = time(9, tzinfo=UTC)


def put(work: UnitOfWork, later: Later) -> None:
    """Queue, schedule or refuse the start of an experiment, as of some days ago."""
    experiment = _by_name(work, later.name)
    _KINDS[later.kind](work, experiment, later)
    moment = now() - timedelta(days=later.days_ago)
    newest = select(func.max(History.id)).where(History.test_id == experiment.test_id)
    work.session.execute(
        update(History)
        .where(History.id == newest.scalar_subquery())
        .values(at=moment)
        .execution_options(synchronize_session=False)
    )


def _queue(work: UnitOfWork, experiment: Subject, later: Later) -> None:
    queue_processing.start_or_queue(work, experiment.test_id, settings.queue_until())
    queued = work.session.get_one(QueuedStart, experiment.test_id)
    queued.queued_at -= timedelta(days=later.days_ago)


def _schedule(work: UnitOfWork, experiment: Subject, later: Later) -> None:
    day = now().date() + timedelta(days=later.days_ahead)
    schedules.enter(work, experiment, Status.RUNNING, datetime.combine(day, BEGINS_AT))


def _refuse(work: UnitOfWork, experiment: Subject, later: Later) -> None:
    decision = rules.decide_start(experiment, slots.read(work))
    if isinstance(decision, Refusal):
        for _ in range(later.times):
            entries.enter_refusal(work, experiment, Status.RUNNING, decision)
        moment = now() - timedelta(days=later.days_ago)
        demand.count(work, refusals=later.times, at=moment)


_KINDS = {Kind.QUEUED: _queue, Kind.SCHEDULED: _schedule, Kind.REFUSED: _refuse}


def _by_name(work: UnitOfWork, name: str) -> Subject:
    statement = select(Experiment.test_id).where(
        Experiment.project_id == work.project_id, Experiment.name == name
    )
    return subjects.load(work, work.session.scalars(statement).one())
