"""What waits for a slot: queued where the plan alone is in the way, started when a slot frees."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts import access
from app.core import project_row
from app.lifecycle import apply, refusals, store
from app.lifecycle import pending as waiting_line
from app.lifecycle import slots as plan_slots
from app.lifecycle.pending import Waiting
from app.lifecycle.refusals import Refusal, RefusalCode, Refused
from app.lifecycle.rules import Contract, Edge, Unchanged, decide
from app.lifecycle.store import Subject
from app.models import Actor, Door, Kind, Status, now

_GOES_ON_WAITING = frozenset({RefusalCode.PLAN_LIMIT, RefusalCode.PLAN_UNREADABLE})


def start_or_queue(
    session: Session,
    project_id: int,
    test_id: int,
    actor: Actor,
    queue_until: datetime,
    seen: datetime | None = None,
) -> Status:
    """Start an experiment, or queue its start where the plan alone is in the way.

    It is when its slots are taken, and when it cannot be read. A part of a unit of work; returns
    the experiment's status then. Raises NotFound, and Refused where something else is in the way,
    the queue is full, or the experiment has changed since `seen`.
    """
    project_row.lock_project(session, project_id)
    experiment = apply.known(session, project_id, test_id, Contract.NAMES)
    apply.require_seen(experiment, seen)
    slots = plan_slots.read_within(session, project_id)
    decision = decide(experiment, Status.RUNNING, Contract.INTEGERS, slots)
    if isinstance(decision, Edge):
        apply.take(session, experiment, decision, actor)
        return Status.RUNNING
    if isinstance(decision, Refusal) and decision.code in _GOES_ON_WAITING:
        _queue(session, experiment, actor, queue_until)
        return experiment.status
    raise Refused(decision if isinstance(decision, Refusal) else apply.running_already(experiment))


def fill_after(session: Session, project_id: int, status: Status) -> None:
    """`fill_slots` where a transition to `status` may have freed one: by a pause alone."""
    if status is Status.STOPPED:
        fill_slots(session, project_id)


def fill_slots(session: Session, project_id: int) -> None:
    """Start what waits for a slot, in order, as long as the plan has one.

    A part of every unit of work that may free a slot. The rules are asked again for each: one that
    may not start any more leaves the queue, and history says why.
    """
    for waiting in waiting_line.line(session, project_id):
        if not _serve(session, project_id, waiting):
            return


def drop_if_lapsed(session: Session, project_id: int, waiting: Waiting) -> bool:
    """Take out of the queue what has waited too long, or was asked for by who may not any more."""
    why = why_lapsed(session, project_id, waiting.asked_by, waiting.expires_at)
    if why:
        experiment = apply.known(session, project_id, waiting.test_id, Contract.NAMES)
        apply.drop_from_queue(session, experiment, replace(waiting.asked_by, door=Door.QUEUE), why)
    return bool(why)


def why_lapsed(
    session: Session, project_id: int, asked_by: Actor, expires_at: datetime | None = None
) -> str:
    """Why a start that somebody asked for earlier is not to happen any more; "" if it may."""
    if expires_at and expires_at <= now():
        return "No slot was free before its time in the queue was up."
    if not access.may_still_change(session, project_id, asked_by):
        return "Whoever asked for it may not change experiments here any more."
    return ""


def _queue(session: Session, experiment: Subject, actor: Actor, queue_until: datetime) -> None:
    if experiment.is_queued:
        _renew(session, experiment, actor, queue_until)
        return
    if waiting_line.is_full(session, experiment.project_id):
        raise Refused(refusals.QUEUE_FULL)
    waiting_line.join(session, experiment, actor, queue_until)
    store.enter(session, experiment, Kind.QUEUED, actor, target=Status.RUNNING)


def _renew(session: Session, experiment: Subject, actor: Actor, queue_until: datetime) -> None:
    """Have it wait in its place for whoever asked last; history keeps who that is."""
    asked_by = next(
        each.asked_by
        for each in waiting_line.line(session, experiment.project_id)
        if each.test_id == experiment.test_id
    )
    waiting_line.renew(session, experiment.test_id, actor, queue_until)
    if asked_by != actor:
        again = "Asked for again, by somebody else."
        store.enter(session, experiment, Kind.QUEUED, actor, again, Status.RUNNING)
    else:
        project_row.bump_version(session, experiment.project_id)


def _serve(session: Session, project_id: int, waiting: Waiting) -> bool:
    """Start the next of the queue, or drop it; False when it goes on waiting for a slot."""
    if drop_if_lapsed(session, project_id, waiting):
        return True
    experiment = apply.known(session, project_id, waiting.test_id, Contract.NAMES)
    actor = replace(waiting.asked_by, door=Door.QUEUE)
    slots = plan_slots.read_within(session, project_id)
    decision = decide(experiment, Status.RUNNING, Contract.INTEGERS, slots)
    match decision:
        case Edge():
            apply.take(session, experiment, decision, actor)
        case Refusal(code=code) if code in _GOES_ON_WAITING:
            return False
        case Refusal():
            apply.drop_from_queue(session, experiment, actor, decision.sentence)
        case Unchanged():
            apply.drop_from_queue(session, experiment, actor, "It runs already.")
    return True
