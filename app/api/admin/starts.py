"""Ways to start what finds no slot now: swap, queue, schedule, or ask for more slots."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictInt, StrictStr

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, answers, conditions
from app.api.admin import callers, holds
from app.api.bodies import Body
from app.api.moments import Moment, written
from app.experiments import lookup
from app.lifecycle import Asked, Precondition, Schedule, Subject
from app.models import Door, QueuedStart
from app.tenancy import slot_requests
from app.web.settings import queue_until

blueprint = Blueprint("starts", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Queue")


class SwapBody(Body):
    """The experiment that makes room, by its `exp_` id or its key, and why."""

    pause: StrictStr
    reason: StrictStr | None = None


class PositionBody(Body):
    """A position in the queue, 1 being next, and the one that the asker saw."""

    position: StrictInt
    seen_at: StrictInt | None = None


class ScheduleBody(Body):
    """When to start and to stop, with a time zone; null is not at all, what is not sent stays."""

    start_at: Moment | None = None
    stop_at: Moment | None = None

    def changed(self, schedule: Schedule) -> Schedule:
        """Return `schedule` with what was sent."""
        return replace(schedule, **{name: getattr(self, name) for name in self.model_fields_set})


@operations.post("/experiments/<experiment:public_id>/swap")
def swap(
    caller: Caller, public_id: str, body: SwapBody, expected: Precondition | None
) -> ResponseReturnValue:
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
    return answers.changed(
        change.entry_id,
        change.version,
        id=public_id,
        status=change.status,
        paused=holder.public_id,
        **answer_warnings.beside(change.split_fault),
    )


@operations.put("/experiments/<experiment:public_id>/queue")
def join_queue(
    caller: Caller, public_id: str, expected: Precondition | None
) -> ResponseReturnValue:
    """Start this experiment when a slot frees; at once where one is free."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    asked = lifecycle.join_queue(caller.project_id, subject.test_id, actor, queue_until(), expected)
    return _asked(public_id, asked)


@operations.patch("/experiments/<experiment:public_id>/queue")
def move_in_queue(
    caller: Caller, public_id: str, body: PositionBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Give this experiment another position in the queue."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    place = lifecycle.move_in_queue(
        caller.project_id, subject.test_id, body.position, actor, body.seen_at, expected
    )
    return answers.changed(
        None,
        place.version,
        id=public_id,
        status=subject.status,
        position=place.position,
        length=place.length,
        expires_at=written(place.expires_at),
    )


@operations.delete("/experiments/<experiment:public_id>/queue")
def leave_queue(
    caller: Caller, public_id: str, expected: Precondition | None
) -> ResponseReturnValue:
    """Take this experiment out of the queue."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    left = lifecycle.leave_queue(caller.project_id, subject.test_id, actor, expected)
    return answers.changed(None, left.version, id=public_id, status=left.status, position=None)


@operations.get("/queue")
def list_queue(caller: Caller) -> ResponseReturnValue:
    """Return the project's queue, the next one first, and its hold, null where it is not held."""
    line = lifecycle.queue_of(caller.project_id)
    hold = holds.shown(lifecycle.hold_of(caller.project_id))
    return jsonify(queue=[_queued(*each) for each in enumerate(line, start=1)], hold=hold)


@operations.get("/experiments/<experiment:public_id>/schedule")
def show_schedule(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Return when this experiment is to start and to stop, and whether it will find a slot."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return conditions.with_etag(jsonify(_scheduled(caller, subject)), subject.version)


@operations.put("/experiments/<experiment:public_id>/schedule")
def put_schedule(
    caller: Caller, public_id: str, body: ScheduleBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Set when this experiment starts and stops; null takes back, what is left out stays."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    version = lifecycle.put_schedule(
        caller.project_id, subject.test_id, body.changed, actor, precondition=expected
    )
    return answers.changed(None, version, **_scheduled(caller, subject))


@operations.post("/experiments/<experiment:public_id>/slot-request")
def ask_for_a_slot(
    caller: Caller, public_id: str, expected: Precondition | None
) -> ResponseReturnValue:
    """Queue this experiment, and ask the admins for more slots; a person may, a key may not."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    asked = slot_requests.ask(caller.project_id, subject.test_id, actor, queue_until(), expected)
    return _asked(public_id, asked)


def _asked(public_id: str, asked: Asked) -> Response:
    return answers.changed(
        asked.entry_id,
        asked.version,
        id=public_id,
        status=asked.status,
        position=asked.position,
        length=asked.length,
        expires_at=written(asked.expires_at),
        **holds.beside(asked.hold),
        **answer_warnings.beside(asked.split_fault),
    )


def _queued(position: int, queued: QueuedStart) -> dict[str, object]:
    return {
        "id": queued.experiment.public_id,
        "name": queued.experiment.name,
        "position": position,
        "queued_at": written(queued.queued_at),
        "expires_at": written(queued.expires_at),
    }


def _scheduled(caller: Caller, subject: Subject) -> dict[str, object]:
    schedule = lifecycle.schedule_of(subject.test_id)
    return {
        "id": subject.public_id,
        "start_at": written(schedule.start_at),
        "stop_at": written(schedule.stop_at),
        "forecast": _foretold(caller, subject, schedule.start_at),
        **answer_warnings.beside(subject.split_fault if schedule.start_at else None),
    }


def _foretold(
    caller: Caller, subject: Subject, start_at: datetime | None
) -> dict[str, object] | None:
    if start_at is None:
        return None
    forecast = lifecycle.forecast_of_start(caller.project_id, subject.test_id, start_at)
    return vars(forecast) if forecast else None
