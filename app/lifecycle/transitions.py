"""Changes of status, each in one unit of work: asked of the rule book, carried out, and kept.

What a change brings with it belongs to the same unit of work: a freed slot goes to the queue before
anybody else can take it.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import project_row
from app.core.errors import Conflict, InvalidInput
from app.core.transactions import writing
from app.core.validation import checked_reason
from app.lifecycle import apply, queue_processing, refusals, store
from app.lifecycle import slots as plan_slots
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.rules import (
    Action,
    Contract,
    Edge,
    Unchanged,
    Wish,
    decide,
    edge_of,
    takes_a_slot,
)
from app.lifecycle.slots import Slots
from app.lifecycle.store import Note, Subject
from app.models import Actor, Status, now

ReadSlots = Callable[[Session, int], Slots | None]


def transition(project_id: int, test_id: int, wish: Wish, actor: Actor) -> Status:
    """Bring an experiment to the status of `wish` in one unit of work, and return it.

    Raises NotFound when the project has no such experiment that the contract knows, Refused when
    the rules say no, and InvalidInput for a reason or conclusion that cannot be kept. Nothing has
    changed then; history keeps what was refused.
    """
    with deciding(project_id, test_id, wish.target, actor) as session:
        status = _transition(session, project_id, test_id, wish, actor, plan_slots.read)
        queue_processing.fill_after(session, project_id, status)
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


def remember_refusals(
    project_id: int, actor: Actor, refused: list[tuple[int, Status, Refusal]]
) -> None:
    """Keep in history what was refused: the experiment, the status wanted, and why not.

    What a database in trouble cannot keep is lost: the caller has been told no already.
    """
    with suppress(DBAPIError, Conflict), writing() as session:
        project_row.lock_project(session, project_id)
        for test_id, target, refusal in refused:
            experiment = store.read(session, project_id, test_id)
            if experiment:
                store.enter_refusal(
                    session, experiment, target, actor, refusal.code, refusal.sentence
                )
        project_row.bump_version(session, project_id)


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
        project_row.lock_project(session, project_id)
        incoming = apply.known(session, project_id, test_id, Contract.NAMES)
        apply.require_seen(incoming, seen)
        holder = apply.known(session, project_id, paused_test_id, Contract.NAMES)
        _swap(session, incoming, holder, actor, note)


def _transition(
    session: Session,
    project_id: int,
    test_id: int,
    wish: Wish,
    actor: Actor,
    read_slots: ReadSlots,
) -> Status:
    note = _note(wish)
    project_row.lock_project(session, project_id)
    experiment = apply.known(session, project_id, test_id, wish.contract)
    apply.require_seen(experiment, wish.seen)
    starts = takes_a_slot(experiment.status, wish.target)
    slots = read_slots(session, project_id) if starts else None
    decision = decide(experiment, wish.target, wish.contract, slots)
    match decision:
        case Refusal():
            raise Refused(decision)
        case Edge():
            apply.take(session, experiment, decision, actor, note)
        case Unchanged():
            apply.keep_no_plans(session, experiment, wish.target, actor)
    return wish.target


def _note(wish: Wish) -> Note:
    if wish.conclusion and wish.target is not Status.ARCHIVED:
        raise InvalidInput("An outcome belongs to archiving alone.", "outcome")
    return Note(checked_reason(wish.reason), wish.conclusion)


def _swap(session: Session, incoming: Subject, holder: Subject, actor: Actor, note: Note) -> None:
    pause = decide(holder, Status.STOPPED, Contract.INTEGERS, None)
    if pause is not edge_of(Action.PAUSE):
        raise Refused(refusals.holder_not_running(holder))
    slots = plan_slots.read_within(session, incoming.project_id)
    start = _decided_in_place_of_one(incoming, slots)
    moment = now()
    moments = apply.timestamps(holder, Status.STOPPED, moment)
    store.set_status(session, holder, Status.STOPPED, moments, actor)
    apply.take(session, incoming, start, actor, note, moment)


def _decided_in_place_of_one(incoming: Subject, slots: Slots | None) -> Edge:
    """The edge to take when one of the running is paused; Refused, with the slots as they are."""
    start = decide(incoming, Status.RUNNING, Contract.INTEGERS, slots and slots.without_one)
    if isinstance(start, Edge):
        return start
    if isinstance(start, Refusal) and start.slots and slots:
        raise Refused(refusals.at_the_limit(slots))
    raise Refused(start if isinstance(start, Refusal) else apply.running_already(incoming))
