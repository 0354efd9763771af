"""Ways to start what finds no slot now: swap, queue, schedule, or ask for more slots."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictInt, StrictStr

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answers, bodies, start_warnings
from app.api.admin import callers, holds
from app.api.change_requests import expected
from app.api.moments import Moment, written
from app.experiments import lookup
from app.lifecycle import Asked, Schedule, Subject
from app.models import Door, QueuedStart
from app.tenancy import slot_requests
from app.web.settings import queue_until

blueprint = Blueprint("starts", __name__, url_prefix="/api/admin")


class SwapBody(BaseModel):
    """The experiment that makes room, by its `exp_` id, and why."""

    pause: StrictStr
    reason: StrictStr | None = None


class PositionBody(BaseModel):
    """A position in the queue, 1 being next, and the one that the asker saw."""

    position: StrictInt
    seen_at: StrictInt | None = None


class ScheduleBody(BaseModel):
    """When to start and to stop, with a time zone; null is not at all, what is not sent stays."""

    start_at: Moment | None = None
    stop_at: Moment | None = None

    def changed(self, schedule: Schedule) -> Schedule:
        """Return `schedule` with what was sent."""
        return replace(schedule, **{name: getattr(self, name) for name in self.model_fields_set})


@blueprint.post("/experiments/<public_id>/swap")
def swap(public_id: str) -> ResponseReturnValue:
    """Pause a running experiment and start this one in its slot, both or neither."""
    caller, subject = callers.marketer(public_id)
    body = bodies.read(SwapBody)
    holder = lookup.subject_by_public_id(caller.project_id, body.pause)
    actor = caller.actor(Door.NAMES)
    change = lifecycle.swap(
        caller.project_id,
        subject.test_id,
        holder.test_id,
        actor,
        body.reason or "",
        expected(),
    )
    return answers.changed(
        change.entry_id,
        id=public_id,
        status=change.status,
        paused=body.pause,
        **start_warnings.beside(change.split_fault),
    )


@blueprint.put("/experiments/<public_id>/queue")
def join_queue(public_id: str) -> ResponseReturnValue:
    """Start this experiment when a slot frees; at once where one is free."""
    caller, subject = callers.marketer(public_id)
    actor = caller.actor(Door.NAMES)
    asked = lifecycle.join_queue(
        caller.project_id, subject.test_id, actor, queue_until(), expected()
    )
    return _asked(public_id, asked)


@blueprint.patch("/experiments/<public_id>/queue")
def move_in_queue(public_id: str) -> ResponseReturnValue:
    """Give this experiment another position in the queue."""
    caller, subject = callers.marketer(public_id)
    body = bodies.read(PositionBody)
    actor = caller.actor(Door.NAMES)
    place = lifecycle.move_in_queue(
        caller.project_id, subject.test_id, body.position, actor, body.seen_at
    )
    return answers.changed(
        id=public_id,
        status=subject.status,
        position=place.position,
        length=place.length,
        expires_at=written(place.expires_at),
    )


@blueprint.delete("/experiments/<public_id>/queue")
def leave_queue(public_id: str) -> ResponseReturnValue:
    """Take this experiment out of the queue."""
    caller, subject = callers.marketer(public_id)
    lifecycle.leave_queue(caller.project_id, subject.test_id, caller.actor(Door.NAMES))
    return answers.changed(id=public_id, status=subject.status, position=None)


@blueprint.get("/queue")
def list_queue() -> ResponseReturnValue:
    """Return the project's queue, the next one first, and its hold, null where it is not held."""
    caller = callers.caller()
    line = lifecycle.queue_of(caller.project_id)
    hold = holds.shown(lifecycle.hold_of(caller.project_id))
    return jsonify(queue=[_queued(*each) for each in enumerate(line, start=1)], hold=hold)


@blueprint.get("/experiments/<public_id>/schedule")
def show_schedule(public_id: str) -> ResponseReturnValue:
    """Return when this experiment is to start and to stop, and whether it will find a slot."""
    caller = callers.caller(public_id)
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return jsonify(_scheduled(caller, subject))


@blueprint.put("/experiments/<public_id>/schedule")
def put_schedule(public_id: str) -> ResponseReturnValue:
    """Set when this experiment starts and stops; null takes back, what is left out stays."""
    caller, subject = callers.marketer(public_id)
    body = bodies.read(ScheduleBody)
    actor = caller.actor(Door.NAMES)
    lifecycle.put_schedule(caller.project_id, subject.test_id, body.changed, actor)
    return answers.changed(None, **_scheduled(caller, subject))


@blueprint.post("/experiments/<public_id>/slot-request")
def ask_for_a_slot(public_id: str) -> ResponseReturnValue:
    """Queue this experiment, and ask the admins for more slots; a person may, a key may not."""
    caller, subject = callers.marketer(public_id)
    actor = caller.actor(Door.NAMES)
    asked = slot_requests.ask(caller.project_id, subject.test_id, actor, queue_until(), expected())
    return _asked(public_id, asked)


def _asked(public_id: str, asked: Asked) -> Response:
    return answers.changed(
        asked.entry_id,
        id=public_id,
        status=asked.status,
        position=asked.position,
        length=asked.length,
        expires_at=written(asked.expires_at),
        **holds.beside(asked.hold),
        **start_warnings.beside(asked.split_fault),
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
        **start_warnings.beside(subject.split_fault if schedule.start_at else None),
    }


def _foretold(
    caller: Caller, subject: Subject, start_at: datetime | None
) -> dict[str, object] | None:
    if start_at is None:
        return None
    forecast = lifecycle.forecast_of_start(caller.project_id, subject.test_id, start_at)
    return vars(forecast) if forecast else None
