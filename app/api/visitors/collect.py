"""/collect: sites send the exposures and conversions of their visitors."""

from collections import Counter
from typing import Annotated, Literal

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import (
    BaseModel,
    Discriminator,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
)

from app.api import bodies, credentials, problems
from app.api.visitors import callers as visitors
from app.core import metrics
from app.core.errors import Unauthenticated
from app.models import KeyType
from app.serving import collecting
from app.serving.collecting import Converted, Event, Exposed, Receipt, Unreadable
from app.serving.serving_keys import ServingKey
from app.serving.units import LONGEST_UNIT

blueprint = Blueprint("collect", __name__)
visitors.open_to_other_origins(blueprint)

MOST_EVENTS = 500
LARGEST_VALUE = 1e12

Unit = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_UNIT)]
Value = Annotated[StrictFloat | StrictInt, Field(ge=-LARGEST_VALUE, le=LARGEST_VALUE)]


class ExposureEvent(BaseModel):
    """A visitor has seen their variant."""

    type: Literal["exposure"]
    experiment: StrictStr
    unit: Unit


class ConversionEvent(BaseModel):
    """A visitor has reached a goal."""

    type: Literal["conversion"]
    goal: StrictStr
    unit: Unit
    value: Value | None = None


class EventsBody(BaseModel):
    """The body of /collect. A beacon has no headers of its own: its client key is in `key`."""

    events: Annotated[list[object], Field(max_length=MOST_EVENTS)]
    key: StrictStr = ""


_event: TypeAdapter[ExposureEvent | ConversionEvent] = TypeAdapter(
    Annotated[ExposureEvent | ConversionEvent, Discriminator("type")]
)


@blueprint.post("/collect")
def collect() -> ResponseReturnValue:
    """Take events in: what was accepted, and by its index what was dropped and why.

    What cannot be recorded now is `kept`, a member that is there only then.
    """
    presented = credentials.presented_token("X-API-Key")
    key = visitors.known(presented)[0] if presented else None
    body = bodies.read(EventsBody)
    key = key or _key_of_beacon(body)
    receipt = collecting.collect(key, [_read(event) for event in body.events])
    _count(receipt)
    dropped = [vars(each) for each in receipt.dropped]
    kept = {"kept": receipt.kept} if receipt.kept else {}
    return jsonify(accepted=receipt.accepted, dropped=dropped, **kept), 202


def _count(receipt: Receipt) -> None:
    metrics.of_process.events_taken("accepted", receipt.accepted)
    metrics.of_process.events_taken("kept", receipt.kept)
    for reason, number in Counter(each.reason for each in receipt.dropped).items():
        metrics.of_process.events_taken(reason, number)


def _key_of_beacon(body: EventsBody) -> ServingKey:
    key, _ = visitors.known(body.key)
    if key.type is not KeyType.CLIENT:
        raise Unauthenticated("A server key is sent in a header.")
    return key


def _read(event: object) -> Event:
    try:
        match _event.validate_python(event):
            case ExposureEvent() as exposure:
                return Exposed(exposure.experiment, exposure.unit)
            case ConversionEvent() as conversion:
                return Converted(conversion.goal, conversion.unit, conversion.value)
    except ValidationError as error:
        return Unreadable(problems.first(error, ConversionEvent)[1])
