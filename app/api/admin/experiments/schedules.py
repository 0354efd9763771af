"""When an experiment is to start and to stop by itself, and when its traffic is to rise."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings
from app.api.admin import contract
from app.api.answer_warnings import Warned
from app.api.answers import ChangedOne, Versioned
from app.api.bodies import Body
from app.api.change_requests import STATUS_REFUSALS
from app.api.dry_runs import Tried
from app.api.moments import Moment, Written, written
from app.api.operations import TO_PAUSE
from app.api.shapes import Percentage
from app.core.validation import basis_points, percents
from app.experiments import lookup
from app.lifecycle import Forecast, Precondition, RefusalCode, Schedule, Subject
from app.models import Door, Scope

blueprint = Blueprint("schedules_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Queue")


class ScheduleBody(Body):
    """When what is to happen, with a time zone; null is not at all, what is not sent stays."""

    start_at: Moment | None = None
    """When to start; null takes it back."""
    stop_at: Moment | None = Field(None, examples=["2030-01-15T10:30:00Z"])
    """When to stop; null takes it back."""
    raise_at: Moment | None = None
    """When traffic is to rise; null takes that back."""
    raise_to: Percentage | None = None
    """To how much of its audience, in percent with two decimals at most."""

    def changed(self, schedule: Schedule) -> Schedule:
        """Return `schedule` with what was sent. Raises InvalidInput for a share finer than 0.01 %.

        Without a moment nothing is left of a rise.
        """
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        if self.raise_to is not None:
            sent["raise_to"] = basis_points(str(self.raise_to), "raise_to")
        elif sent.get("raise_at", schedule) is None:
            sent["raise_to"] = None
        return replace(schedule, **sent)


class StartForecast(TypedDict):
    """Whether a start will find a slot at its moment."""

    starting: int
    """How many starts are set for that very moment, this one too."""
    free: int | None
    """How many slots they share; null without a limit."""
    waiting: int
    """How many have queued for one before."""
    finds_a_slot: bool
    """Whether there will be one for it."""
    is_held: bool
    """Whether the queue is held: nothing starts by itself then."""


class ScheduleShown(Warned):
    """When what is to happen to an experiment; the forecast of a start that may find no slot."""

    id: str
    """The experiment's `exp_` id."""
    start_at: Written | None
    """When it is to start; null for not at all."""
    stop_at: Written | None
    """When it is to stop; null for not at all."""
    raise_at: Written | None
    """When its traffic is to rise; null for not at all."""
    raise_to: float | None
    """To how much of its audience, in percent; null for not at all."""
    forecast: StartForecast | None
    """Whether the start will find a slot; null without one, or where the plan cannot be read."""


class SchedulePut(ScheduleShown, Tried):
    """The schedule that an experiment has now."""


@operations.get("/experiments/<experiment:public_id>/schedule", *TO_PAUSE)
def show_schedule(caller: Caller, public_id: str) -> Versioned[ScheduleShown]:
    """Return when this experiment is to start and to stop, and whether it will find a slot."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    return Versioned(_scheduled(caller, subject), subject.version)


@operations.put(
    "/experiments/<experiment:public_id>/schedule",
    Scope.START,
    Scope.PAUSE,
    faults=(*STATUS_REFUSALS, RefusalCode.TRAFFIC_NOT_HIGHER),
)
def put_schedule(
    caller: Caller, public_id: str, body: ScheduleBody, expected: Precondition | None
) -> ChangedOne[SchedulePut]:
    """Set when this experiment starts and stops, and when its traffic rises, and to what.

    Null takes back, what is left out stays.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    version = lifecycle.put_schedule(
        caller.project_id, subject.test_id, body.changed, actor, precondition=expected
    )
    return ChangedOne({**_scheduled(caller, subject)}, version)


def _scheduled(caller: Caller, subject: Subject) -> ScheduleShown:
    schedule = lifecycle.schedule_of(subject.test_id)
    return {
        "id": subject.public_id,
        "start_at": written(schedule.start_at),
        "stop_at": written(schedule.stop_at),
        "raise_at": written(schedule.raise_at),
        "raise_to": None if schedule.raise_to is None else percents(schedule.raise_to),
        "forecast": _foretold(caller, subject, schedule.start_at),
        **answer_warnings.beside(subject.split_fault if schedule.start_at else None),
    }


def _foretold(caller: Caller, subject: Subject, start_at: datetime | None) -> StartForecast | None:
    if start_at is None:
        return None
    forecast = lifecycle.forecast_of_start(caller.project_id, subject.test_id, start_at)
    return _forecast(forecast) if forecast else None


def _forecast(forecast: Forecast) -> StartForecast:
    return {
        "starting": forecast.starting,
        "free": forecast.free,
        "waiting": forecast.waiting,
        "finds_a_slot": forecast.finds_a_slot,
        "is_held": forecast.is_held,
    }
