"""/collect: sites send the exposures and conversions of their visitors."""

from collections import Counter
from typing import Annotated, Literal, NotRequired

from flask import Blueprint, request
from pydantic import (
    BaseModel,
    Discriminator,
    Field,
    SkipValidation,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)
from typing_extensions import TypedDict

from app.api import bodies, credentials, problems
from app.api.answers import Accepted
from app.api.bodies import Body
from app.api.moments import Moment
from app.api.visitors import callers, contract, other_origins
from app.core import metrics
from app.core.errors import Unauthenticated
from app.core.validation import LONGEST_UNIT
from app.events import receiving
from app.events.event_times import DAYS_BACK
from app.events.events import Converted, Event, Exposed, Reason, Receipt, Unreadable
from app.events.receiving import Sender
from app.models import KeyType
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web.header_names import VISITORS_KEY

blueprint = Blueprint("collect", __name__)
other_origins.open_to_listed(blueprint)
operations = contract.operations(blueprint, "bearer", VISITORS_KEY, "")

MOST_EVENTS = 500
LARGEST_VALUE = 1e12
LONGEST_ID = 255

Unit = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_UNIT)]
Value = Annotated[StrictFloat | StrictInt, Field(ge=-LARGEST_VALUE, le=LARGEST_VALUE)]


class SentEvent(Body):
    """What all events may say of themselves."""

    time: Annotated[
        Moment | None,
        Field(
            description=f"When it happened, with an offset from UTC; by default now. At most"
            f" {DAYS_BACK} days ago, when the experiment was live.",
            examples=[None],
        ),
    ] = None
    id: Annotated[
        StrictStr | None,
        Field(
            min_length=1,
            max_length=LONGEST_ID,
            description="What tells it from all others of this visitor; sent twice, it counts"
            " once. For goals that add up.",
        ),
    ] = None


class ExposureEvent(SentEvent):
    """A visitor has seen their variant."""

    type: Literal["exposure"]
    """What it is."""
    experiment: StrictStr
    """The experiment's key."""
    unit: Unit
    """The visitor's id."""


class ConversionEvent(SentEvent):
    """A visitor has reached a goal."""

    type: Literal["conversion"]
    """What it is."""
    goal: StrictStr
    """The goal's key."""
    unit: Unit
    """The visitor's id."""
    value: Value | None = None
    """What it is worth; negative for a refund."""


class EventsBody(BaseModel):
    """The body of /collect. A beacon has no headers of its own: its client key is in `key`."""

    events: Annotated[
        list[Annotated[ExposureEvent | ConversionEvent | object, SkipValidation]],
        Field(max_length=MOST_EVENTS, description="What is no event is dropped, and told of."),
    ]
    key: Annotated[StrictStr, Field(description="A client key, where there are no headers.")] = ""
    automated: StrictBool = False
    """Whether the page is in a browser that a program leads: nothing is counted then."""


class EventDropped(TypedDict):
    """An event that is not counted: its index in what was sent, and why."""

    index: int
    """Its place among those sent, from 0."""
    reason: Reason
    """Why, for programs."""
    detail: str
    """Why, in a sentence."""


class EventsTaken(TypedDict):
    """How many events were accepted, and which were not."""

    accepted: int
    """How many were accepted."""
    dropped: list[EventDropped]
    """Those that are not counted."""
    repeated: NotRequired[list[int]]
    """There where accepted conversions changed nothing, since they had been counted before: their
    places among those sent."""
    kept: NotRequired[int]
    """There where nothing can be recorded now: how many are kept until they can be."""
    taken: NotRequired[int]
    """There where the server has an event stream: how many are in it, to be recorded soon."""


_event: TypeAdapter[ExposureEvent | ConversionEvent] = TypeAdapter(
    Annotated[ExposureEvent | ConversionEvent, Discriminator("type")]
)


@operations.post("/collect", EventsBody)
def collect() -> Accepted[EventsTaken]:
    """Take events in: what was accepted, and by its index what was dropped and why.

    Of what was accepted, `repeated` names what had been counted before. What cannot be recorded now
    is `kept`, and what an event stream holds is `taken`. Each is there only where there is any.
    """
    presented = credentials.presented_token(VISITORS_KEY)
    known = callers.known(presented) if presented else None
    body = bodies.read(EventsBody)
    key, running = known or _known_of_beacon(body)
    events = [_read(event) for event in body.events]
    receipt = receiving.receive(key, running.own_networks, events, _sender(body))
    _count(receipt)
    taken: EventsTaken = {
        "accepted": receipt.accepted,
        "dropped": [
            {"index": each.index, "reason": each.reason, "detail": each.detail}
            for each in receipt.dropped
        ],
    }
    if receipt.repeated:
        taken["repeated"] = list(receipt.repeated)
    if receipt.kept:
        taken["kept"] = receipt.kept
    if receipt.taken:
        taken["taken"] = receipt.taken
    return Accepted(taken)


def _sender(body: EventsBody) -> Sender:
    """Return who asks: browsers name the origin of the page that sends something, programs none."""
    is_page = "Origin" in request.headers
    user_agent, address = request.headers.get("User-Agent", ""), request.remote_addr or ""
    return Sender(user_agent, address, is_page, body.automated)


def _count(receipt: Receipt) -> None:
    metrics.of_process.events_taken("accepted", receipt.accepted)
    metrics.of_process.events_taken("kept", receipt.kept)
    metrics.of_process.events_taken("taken", receipt.taken)
    for reason, number in Counter(each.reason for each in receipt.dropped).items():
        metrics.of_process.events_taken(reason, number)


def _known_of_beacon(body: EventsBody) -> tuple[ServingKey, Running]:
    key, running = callers.known(body.key)
    if key.type is not KeyType.CLIENT:
        raise Unauthenticated("A server key is sent in a header.")
    return key, running


def _read(event: object) -> Event:
    try:
        match _event.validate_python(event):
            case ExposureEvent() as exposure:
                return Exposed(exposure.experiment, exposure.unit, exposure.time)
            case ConversionEvent() as sent:
                return Converted(sent.goal, sent.unit, sent.value, sent.time, sent.id)
    except ValidationError as error:
        is_exposure = isinstance(event, dict) and event.get("type") == "exposure"
        shape = ExposureEvent if is_exposure else ConversionEvent
        return Unreadable(problems.first(error, shape)[1])
