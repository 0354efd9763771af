"""What waits in the demo: a queued start and a scheduled one, and starts that were refused."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.demo.data import Later
from app.lifecycle import apply, pending, queue_processing, rules, schedules, slots, store
from app.lifecycle.refusals import Refusal
from app.lifecycle.rules import Contract
from app.lifecycle.store import Subject
from app.models import Actor, Experiment, History, Kind, QueuedStart, Status, now
from app.web import settings

BEGINS_AT = time(9, tzinfo=UTC)


def put(session: Session, project_id: int, later: Later, actor: Actor) -> None:
    """Queue, schedule or refuse the start of an experiment, as of some days ago."""
    experiment = _by_name(session, project_id, later.name)
    _KINDS[later.kind](session, experiment, later, actor)
    moment = now() - timedelta(days=later.days_ago)
    newest = select(func.max(History.id)).where(History.test_id == experiment.test_id)
    session.execute(
        update(History)
        .where(History.id == newest.scalar_subquery())
        .values(at=moment)
        .execution_options(synchronize_session=False)
    )


def _queue(session: Session, experiment: Subject, later: Later, actor: Actor) -> None:
    project_id, test_id = experiment.project_id, experiment.test_id
    queue_processing.start_or_queue(session, project_id, test_id, actor, settings.queue_until())
    queued = session.get_one(QueuedStart, test_id)
    queued.queued_at -= timedelta(days=later.days_ago)


def _schedule(session: Session, experiment: Subject, later: Later, actor: Actor) -> None:
    day = now().date() + timedelta(days=later.days_ahead)
    at = datetime.combine(day, BEGINS_AT)
    pending.schedule(session, experiment, Status.RUNNING, at, actor)
    words = schedules.written(at)
    store.enter(session, experiment, Kind.SCHEDULED, actor, words, Status.RUNNING)


def _refuse(session: Session, experiment: Subject, later: Later, actor: Actor) -> None:
    held = slots.read_within(session, experiment.project_id)
    decision = rules.decide(experiment, Status.RUNNING, Contract.INTEGERS, held)
    if isinstance(decision, Refusal):
        for _ in range(later.times):
            store.enter_refusal(
                session, experiment, Status.RUNNING, actor, decision.code, decision.sentence
            )


_KINDS = {Kind.QUEUED: _queue, Kind.SCHEDULED: _schedule, Kind.REFUSED: _refuse}


def _by_name(session: Session, project_id: int, name: str) -> Subject:
    statement = select(Experiment.test_id).where(
        Experiment.project_id == project_id, Experiment.name == name
    )
    test_id = session.scalars(statement).one()
    return apply.known(session, project_id, test_id, Contract.INTEGERS)
