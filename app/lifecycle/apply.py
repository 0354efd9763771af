"""What every change of status shares: the experiment as it is, and a decided edge carried out."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.lifecycle import pending as waiting_line
from app.lifecycle import refusals, runs, store
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.rules import Contract, Edge, offered_from, visible
from app.lifecycle.store import NO_NOTE, Note, Subject, Timestamps
from app.models import Actor, Kind, Status, now


def known(session: Session, project_id: int, test_id: int, contract: Contract) -> Subject:
    """The experiment as it is now; NotFound where the contract knows none of this number."""
    experiment = store.read(session, project_id, test_id)
    if experiment is None or not visible(experiment.status, contract):
        raise NotFound("Experiment not found.")
    return experiment


def require_seen(experiment: Subject, seen: datetime | None) -> None:
    """Raise Refused where the experiment has changed since the stamp that was `seen`, if any."""
    if seen not in (None, experiment.changed_at):
        raise Refused(refusals.changed_meanwhile(experiment))


def take(
    session: Session,
    experiment: Subject,
    edge: Edge,
    actor: Actor,
    note: Note = NO_NOTE,
    moment: datetime | None = None,
) -> None:
    """Take an edge that was decided, with everything that follows from it."""
    moments = timestamps(experiment, edge.target, moment or now())
    store.set_status(session, experiment, edge.target, moments, actor)
    store.enter_change(session, experiment, edge.target, moments.changed_at, actor, note)
    keep_no_plans(session, experiment, edge.target, actor)
    if edge.target is Status.RUNNING:
        afresh = edge.origin is Status.DRAFT
        runs.enter(session, experiment.test_id, moments.changed_at, afresh=afresh)


def drop_from_queue(session: Session, experiment: Subject, actor: Actor, why: str) -> None:
    """Take an experiment out of the queue; history keeps why."""
    waiting_line.leave(session, experiment.test_id)
    store.enter(session, experiment, Kind.UNQUEUED, actor, why)


def keep_no_plans(session: Session, experiment: Subject, target: Status, actor: Actor) -> None:
    """Drop what was to happen to an experiment later, now that somebody says where it is to be.

    Told to stand still, it must not start by itself: a client that asked for that may know of no
    queue. Its stop stays planned until it is archived.
    """
    if experiment.is_queued and target is Status.RUNNING:
        waiting_line.leave(session, experiment.test_id)
    elif experiment.is_queued:
        drop_from_queue(session, experiment, actor, f"It was set to {target}.")
    if experiment.is_scheduled:
        _drop_from_schedule(session, experiment, target, actor)


def running_already(experiment: Subject) -> Refusal:
    """Why a start that changes nothing is refused where a slot was asked for."""
    return refusals.illegal(
        experiment, Status.RUNNING, offered_from(Status.RUNNING, Contract.INTEGERS)
    )


def timestamps(experiment: Subject, target: Status, moment: datetime) -> Timestamps:
    """The moments to keep: a resume keeps when it first started, back to draft forgets it."""
    started = {Status.RUNNING: experiment.started_at or moment, Status.DRAFT: None}
    return Timestamps(
        changed_at=moment,
        started_at=started.get(target, experiment.started_at),
        stopped_at=moment if target is Status.STOPPED else None,
    )


def _drop_from_schedule(
    session: Session, experiment: Subject, target: Status, actor: Actor
) -> None:
    planned = (Status.RUNNING, Status.STOPPED) if target is Status.ARCHIVED else (Status.RUNNING,)
    for each in planned:
        was_planned = waiting_line.unschedule(session, experiment.test_id, each)
        # A start that came earlier than planned is no news.
        if was_planned and target is not Status.RUNNING:
            why = f"It was set to {target}."
            store.enter(session, experiment, Kind.UNSCHEDULED, actor, why, each)
