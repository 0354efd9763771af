"""Changes of status, each in one unit of work: asked of the rule book, carried out, and kept.

What a change brings with it happens here too: a freed slot goes to the queue before anybody else
can take it.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import access, ledger, refusals, runs
from app import slots as plan_slots
from app import waiting as waiting_line
from app.errors import Conflict, InvalidInput, NotFound
from app.ledger import NO_NOTE, Actor, Note, Subject, Timestamps
from app.lifecycle import (
    Action,
    Contract,
    Edge,
    Unchanged,
    Wish,
    decide,
    edge_of,
    offered_from,
    takes_a_slot,
    visible,
)
from app.models import Door, Kind, Status, now
from app.refusals import Refusal, RefusalCode, Refused
from app.slots import Slots
from app.transactions import writing
from app.waiting import Waiting
from app.wording import checked_reason

ReadSlots = Callable[[Session, int], Slots | None]
_GOES_ON_WAITING = frozenset({RefusalCode.PLAN_LIMIT, RefusalCode.PLAN_UNREADABLE})


def transition(project_id: int, test_id: int, wish: Wish, actor: Actor) -> Status:
    """Bring an experiment to the status of `wish` in one unit of work, and return it.

    Raises NotFound when the project has no such experiment that the contract knows, Refused when
    the rules say no, and InvalidInput for a reason or conclusion that cannot be kept. Nothing has
    changed then; history keeps what was refused.
    """
    with deciding(project_id, test_id, wish.target, actor) as session:
        status = _transition(session, project_id, test_id, wish, actor, plan_slots.read)
        fill_after(session, project_id, status)
        return status


@contextmanager
def deciding(project_id: int, test_id: int, target: Status, actor: Actor) -> Generator[Session]:
    """A unit of work that asks for one change; history keeps what the rules refuse in it."""
    try:
        with writing() as session:
            yield session
    except Refused as refused:
        remember_refusals(project_id, actor, [(test_id, target, refused.refusal)])
        raise


def transition_within(
    session: Session, project_id: int, test_id: int, wish: Wish, actor: Actor
) -> Status:
    """`transition` as a part of a larger unit of work, whose caller sees to the queue.

    What was done in it before stays, also where the plan cannot be read.
    """
    return _transition(session, project_id, test_id, wish, actor, plan_slots.read_within)


def known(session: Session, project_id: int, test_id: int, contract: Contract) -> Subject:
    """The experiment as it is now; NotFound where the contract knows none of this number."""
    experiment = ledger.read(session, project_id, test_id)
    if experiment is None or not visible(experiment.status, contract):
        raise NotFound("Experiment not found.")
    return experiment


def remember_refusals(
    project_id: int, actor: Actor, refused: list[tuple[int, Status, Refusal]]
) -> None:
    """Keep in history what was refused: the experiment, the status wanted, and why not.

    What a database in trouble cannot keep is lost: the caller has been told no already.
    """
    with suppress(DBAPIError, Conflict), writing() as session:
        ledger.lock_project(session, project_id)
        for test_id, target, refusal in refused:
            experiment = ledger.read(session, project_id, test_id)
            if experiment:
                ledger.enter_refusal(
                    session, experiment, target, actor, refusal.code, refusal.sentence
                )
        ledger.bump_version(session, project_id)


def swap(
    project_id: int,
    test_id: int,
    paused_test_id: int,
    actor: Actor,
    reason: str = "",
    seen: datetime | None = None,
) -> None:
    """Pause a running experiment and start another in its slot, in one unit of work.

    One history entry names both. Raises NotFound for either, Refused when the one is not running
    any more, or the other may not start or has changed since `seen`, and InvalidInput for a reason
    that cannot be kept; nothing has changed then.
    """
    note = Note(checked_reason(reason), paused_test_id=paused_test_id)
    with deciding(project_id, test_id, Status.RUNNING, actor) as session:
        ledger.lock_project(session, project_id)
        incoming = known(session, project_id, test_id, Contract.NAMES)
        _require_seen(incoming, seen)
        holder = known(session, project_id, paused_test_id, Contract.NAMES)
        _swap(session, incoming, holder, actor, note)


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
    ledger.lock_project(session, project_id)
    experiment = known(session, project_id, test_id, Contract.NAMES)
    _require_seen(experiment, seen)
    slots = plan_slots.read_within(session, project_id)
    decision = decide(experiment, Status.RUNNING, Contract.INTEGERS, slots)
    if isinstance(decision, Edge):
        _take(session, experiment, decision, actor)
        return Status.RUNNING
    if isinstance(decision, Refusal) and decision.code in _GOES_ON_WAITING:
        _queue(session, experiment, actor, queue_until)
        return experiment.status
    raise Refused(decision if isinstance(decision, Refusal) else _running_already(experiment))


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
        experiment = known(session, project_id, waiting.test_id, Contract.NAMES)
        drop_from_queue(session, experiment, replace(waiting.asked_by, door=Door.QUEUE), why)
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


def drop_from_queue(session: Session, experiment: Subject, actor: Actor, why: str) -> None:
    """Take an experiment out of the queue; history keeps why."""
    waiting_line.leave(session, experiment.test_id)
    ledger.enter(session, experiment, Kind.UNQUEUED, actor, why)


def _transition(
    session: Session,
    project_id: int,
    test_id: int,
    wish: Wish,
    actor: Actor,
    read_slots: ReadSlots,
) -> Status:
    note = _note(wish)
    ledger.lock_project(session, project_id)
    experiment = known(session, project_id, test_id, wish.contract)
    _require_seen(experiment, wish.seen)
    starts = takes_a_slot(experiment.status, wish.target)
    slots = read_slots(session, project_id) if starts else None
    decision = decide(experiment, wish.target, wish.contract, slots)
    match decision:
        case Refusal():
            raise Refused(decision)
        case Edge():
            _take(session, experiment, decision, actor, note)
        case Unchanged():
            _keep_no_plans(session, experiment, wish.target, actor)
    return wish.target


def _require_seen(experiment: Subject, seen: datetime | None) -> None:
    if seen not in (None, experiment.changed_at):
        raise Refused(refusals.changed_meanwhile(experiment))


def _note(wish: Wish) -> Note:
    if wish.conclusion and wish.target is not Status.ARCHIVED:
        raise InvalidInput("An outcome belongs to archiving alone.", "outcome")
    return Note(checked_reason(wish.reason), wish.conclusion)


def _take(
    session: Session,
    experiment: Subject,
    edge: Edge,
    actor: Actor,
    note: Note = NO_NOTE,
    moment: datetime | None = None,
) -> None:
    """Take an edge that was decided, with everything that follows from it."""
    moments = _timestamps(experiment, edge.target, moment or now())
    ledger.set_status(session, experiment, edge.target, moments, actor)
    ledger.enter_change(session, experiment, edge.target, moments.changed_at, actor, note)
    _keep_no_plans(session, experiment, edge.target, actor)
    if edge.target is Status.RUNNING:
        afresh = edge.origin is Status.DRAFT
        runs.enter(session, experiment.test_id, moments.changed_at, afresh=afresh)


def _keep_no_plans(session: Session, experiment: Subject, target: Status, actor: Actor) -> None:
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


def _drop_from_schedule(
    session: Session, experiment: Subject, target: Status, actor: Actor
) -> None:
    planned = (Status.RUNNING, Status.STOPPED) if target is Status.ARCHIVED else (Status.RUNNING,)
    for each in planned:
        was_planned = waiting_line.unschedule(session, experiment.test_id, each)
        # A start that came earlier than planned is no news.
        if was_planned and target is not Status.RUNNING:
            why = f"It was set to {target}."
            ledger.enter(session, experiment, Kind.UNSCHEDULED, actor, why, each)


def _swap(session: Session, incoming: Subject, holder: Subject, actor: Actor, note: Note) -> None:
    pause = decide(holder, Status.STOPPED, Contract.INTEGERS, None)
    if pause is not edge_of(Action.PAUSE):
        raise Refused(refusals.holder_not_running(holder))
    slots = plan_slots.read_within(session, incoming.project_id)
    start = _decided_in_place_of_one(incoming, slots)
    moment = now()
    moments = _timestamps(holder, Status.STOPPED, moment)
    ledger.set_status(session, holder, Status.STOPPED, moments, actor)
    _take(session, incoming, start, actor, note, moment)


def _decided_in_place_of_one(incoming: Subject, slots: Slots | None) -> Edge:
    """The edge to take when one of the running is paused; Refused, with the slots as they are."""
    start = decide(incoming, Status.RUNNING, Contract.INTEGERS, slots and slots.without_one)
    if isinstance(start, Edge):
        return start
    if isinstance(start, Refusal) and start.slots and slots:
        raise Refused(refusals.at_the_limit(slots))
    raise Refused(start if isinstance(start, Refusal) else _running_already(incoming))


def _running_already(experiment: Subject) -> Refusal:
    return refusals.illegal(
        experiment, Status.RUNNING, offered_from(Status.RUNNING, Contract.INTEGERS)
    )


def _queue(session: Session, experiment: Subject, actor: Actor, queue_until: datetime) -> None:
    if experiment.is_queued:
        _renew(session, experiment, actor, queue_until)
        return
    if waiting_line.is_full(session, experiment.project_id):
        raise Refused(refusals.QUEUE_FULL)
    waiting_line.join(session, experiment, actor, queue_until)
    ledger.enter(session, experiment, Kind.QUEUED, actor, target=Status.RUNNING)


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
        ledger.enter(session, experiment, Kind.QUEUED, actor, again, Status.RUNNING)
    else:
        ledger.bump_version(session, experiment.project_id)


def _serve(session: Session, project_id: int, waiting: Waiting) -> bool:
    """Start the next of the queue, or drop it; False when it goes on waiting for a slot."""
    if drop_if_lapsed(session, project_id, waiting):
        return True
    experiment = known(session, project_id, waiting.test_id, Contract.NAMES)
    actor = replace(waiting.asked_by, door=Door.QUEUE)
    slots = plan_slots.read_within(session, project_id)
    decision = decide(experiment, Status.RUNNING, Contract.INTEGERS, slots)
    match decision:
        case Edge():
            _take(session, experiment, decision, actor)
        case Refusal(code=code) if code in _GOES_ON_WAITING:
            return False
        case Refusal():
            drop_from_queue(session, experiment, actor, decision.sentence)
        case Unchanged():
            drop_from_queue(session, experiment, actor, "It runs already.")
    return True


def _timestamps(experiment: Subject, target: Status, moment: datetime) -> Timestamps:
    """A resume keeps when it first started, back to draft forgets it."""
    started = {Status.RUNNING: experiment.started_at or moment, Status.DRAFT: None}
    return Timestamps(
        changed_at=moment,
        started_at=started.get(target, experiment.started_at),
        stopped_at=moment if target is Status.STOPPED else None,
    )
