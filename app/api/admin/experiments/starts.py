"""Ways to start what finds no slot now: swap, queue, or ask for more slots."""

from flask import Blueprint
from pydantic import Field, StrictInt
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings
from app.api.admin import contract
from app.api.admin.experiments import holds
from app.api.admin.experiments.holds import HeldBeside, QueueHold
from app.api.answer_warnings import Warned
from app.api.answers import Answer, ChangedOne, Entered
from app.api.bodies import Body, OptionalBody
from app.api.change_requests import STATUS_REFUSALS
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.openapi.headers import SESSION
from app.api.operations import TO_PAUSE
from app.api.shapes import ReasonText, Reference
from app.experiments import lookup
from app.lifecycle import Asked, Precondition, RefusalCode
from app.models import Door, QueuedStart, Scope, Status
from app.tenancy import slot_requests
from app.web.settings import queue_until

blueprint = Blueprint("starts", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Queue")


class SwapBody(Body):
    """The experiment that makes room, by its `exp_` id or its key, and why."""

    pause: Reference
    """The experiment that makes room, by its id or its key."""
    reason: ReasonText | None = None
    """Why, for the history."""


class PositionBody(Body):
    """A position in the queue, 1 being next, and the one that the asker saw."""

    position: StrictInt
    """The position to have: 1 is next, and one behind the last is the last."""
    seen_at: StrictInt | None = None
    """The position that it had for the asker: 409 where it is another by now."""


class Swapped(Warned, Tried):
    """The experiment that runs, and the one that was paused for it."""

    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""
    paused: str
    """The id of the other."""


class StartAsked(HeldBeside, Warned, Tried):
    """An experiment that runs, or waits in the queue."""

    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""
    position: int | None
    """1 is next; null where it runs."""
    length: int | None
    """How many wait; null where it runs."""
    expires_at: Written | None
    """Until when it waits at the longest."""


class SlotRequestBody(OptionalBody):
    """What the slot is wanted for."""

    note: ReasonText | None = Field(None, examples=["The fair begins on Monday."])
    """What to tell the admins."""


class QueueMoved(Tried):
    """The place in the queue that an experiment has now."""

    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""
    position: int
    """1 is next."""
    length: int
    """How many wait."""
    expires_at: Written
    """Until when it waits at the longest."""


class QueueLeft(Tried):
    """An experiment that waits no more."""

    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""
    position: None
    """Null: it does not wait."""


class QueuedShown(TypedDict):
    """An experiment that waits."""

    id: str
    """The experiment's `exp_` id."""
    name: str
    """Its name."""
    position: int
    """1 is next."""
    queued_at: Written
    """Since when it waits."""
    expires_at: Written
    """Until when it waits at the longest."""


class QueueShown(TypedDict):
    """The project's queue, the next one first, and its hold."""

    queue: list[QueuedShown]
    """What waits, the next one first."""
    hold: QueueHold | None
    """The hold; null where the queue is not held."""


QUEUE_REFUSALS = (*STATUS_REFUSALS, RefusalCode.QUEUE_FULL)


@operations.post(
    "/experiments/<experiment:public_id>/swap",
    Scope.START,
    faults=(*STATUS_REFUSALS, RefusalCode.HOLDER_NOT_RUNNING),
)
def swap(
    caller: Caller, public_id: str, body: SwapBody, expected: Precondition | None
) -> Entered[Swapped]:
    """Pause a running experiment and start this one in its slot, both or neither."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    holder_id = lookup.public_id_of(caller.project_id, body.pause)
    holder = lookup.subject_by_public_id(caller.project_id, holder_id)
    actor = caller.actor(Door.NAMES)
    change = lifecycle.swap(
        caller.project_id,
        subject.test_id,
        holder.test_id,
        actor,
        body.reason or "",
        expected,
    )
    return Entered(
        {
            "id": public_id,
            "status": change.status,
            "paused": holder.public_id,
            **answer_warnings.beside(change.split_fault),
        },
        change.version,
        change.entry_id,
    )


@operations.put("/experiments/<experiment:public_id>/queue", Scope.START, faults=QUEUE_REFUSALS)
def join_queue(
    caller: Caller, public_id: str, expected: Precondition | None
) -> Entered[StartAsked]:
    """Start this experiment when a slot frees; at once where one is free."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    asked = lifecycle.join_queue(caller.project_id, subject.test_id, actor, queue_until(), expected)
    return _asked(public_id, asked)


@operations.patch("/experiments/<experiment:public_id>/queue", Scope.START)
def move_in_queue(
    caller: Caller, public_id: str, body: PositionBody, expected: Precondition | None
) -> ChangedOne[QueueMoved]:
    """Give this experiment another position in the queue."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    place = lifecycle.move_in_queue(
        caller.project_id, subject.test_id, body.position, actor, body.seen_at, expected
    )
    moved: QueueMoved = {
        "id": public_id,
        "status": subject.status,
        "position": place.position,
        "length": place.length,
        "expires_at": written(place.expires_at),
    }
    return ChangedOne(moved, place.version)


@operations.delete("/experiments/<experiment:public_id>/queue", Scope.PAUSE)
def leave_queue(
    caller: Caller, public_id: str, expected: Precondition | None
) -> ChangedOne[QueueLeft]:
    """Take this experiment out of the queue."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    left = lifecycle.leave_queue(caller.project_id, subject.test_id, actor, expected)
    gone: QueueLeft = {"id": public_id, "status": left.status, "position": None}
    return ChangedOne(gone, left.version)


@operations.get("/queue", *TO_PAUSE)
def list_queue(caller: Caller) -> Answer[QueueShown]:
    """Return the project's queue, the next one first, and its hold, null where it is not held."""
    line = lifecycle.queue_of(caller.project_id)
    hold = holds.shown(lifecycle.hold_of(caller.project_id))
    return Answer({"queue": [_queued(*each) for each in enumerate(line, start=1)], "hold": hold})


@operations.post(
    "/experiments/<experiment:public_id>/slot-request",
    Scope.START,
    faults=QUEUE_REFUSALS,
    security=(SESSION,),
)
def ask_for_a_slot(
    caller: Caller, public_id: str, body: SlotRequestBody, expected: Precondition | None
) -> Entered[StartAsked]:
    """Queue this experiment, and ask the admins for more slots.

    A person may who is signed in here, and no key.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    asked = slot_requests.ask(
        caller.project_id, subject.test_id, actor, queue_until(), expected, body.note or ""
    )
    return _asked(public_id, asked)


def _asked(public_id: str, asked: Asked) -> Entered[StartAsked]:
    return Entered(
        {
            "id": public_id,
            "status": asked.status,
            "position": asked.position,
            "length": asked.length,
            "expires_at": written(asked.expires_at),
            **holds.beside(asked.hold),
            **answer_warnings.beside(asked.split_fault),
        },
        asked.version,
        asked.entry_id,
    )


def _queued(position: int, queued: QueuedStart) -> QueuedShown:
    return {
        "id": queued.experiment.public_id,
        "name": queued.experiment.name,
        "position": position,
        "queued_at": written(queued.queued_at),
        "expires_at": written(queued.expires_at),
    }
