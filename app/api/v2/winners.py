"""A variant that everybody gets: served, and not served any more.

It is named as a result names it: by its place, and 0 is the control.
"""

from typing import Annotated, Literal

from flask import Blueprint
from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, WithJsonSchema, model_validator

from app import lifecycle
from app.accounts.caller import Caller
from app.api import problems
from app.api.answers import Entered
from app.api.change_requests import NotedBody
from app.api.dry_runs import Tried
from app.api.v2 import answers, contract
from app.api.v2.answers import Success
from app.api.v2.shapes import OpenBody, OpenNoBody
from app.api.v2.statuses import HIDDEN
from app.core.validation import whole_number
from app.experiments import designs, lookup
from app.lifecycle import Action, ActionRequest, Precondition, RefusalCode
from app.models import MOST_VARIANTS, Door, Scope

blueprint = Blueprint("v2_winners", __name__, url_prefix="/v2/project/<project_key>")
operations = contract.operations(blueprint, "V2")

EVERYBODY = 100
BAD_VARIANT = problems.fault(
    f"variant_id is the variant's in the result, from 0, the control, to {MOST_VARIANTS - 1}."
)


def _place(sent: object) -> int:
    """Return the place of a variant: a result writes it as a text."""
    place = whole_number(sent) if isinstance(sent, str) else sent
    if type(place) is not int or not 0 <= place < MOST_VARIANTS:
        raise BAD_VARIANT
    return place


Place = Annotated[
    int,
    BeforeValidator(_place),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MOST_VARIANTS - 1}),
]


class ServeBody(NotedBody, OpenBody):
    """The variant that everybody is to get."""

    variant_id: Place = Field(examples=[1])
    """Its place in the result: 0 is the control. As in a result it may be a text, too."""
    traffic_allocation: StrictInt | StrictFloat | None = None
    """How many of the visitors get it, in percent: always 100, any other is refused."""

    @model_validator(mode="before")
    @classmethod
    def _has_variant(cls, sent: object) -> object:
        if not isinstance(sent, dict) or "variant_id" not in sent:
            raise BAD_VARIANT
        return sent

    @model_validator(mode="after")
    def _is_for_everybody(self) -> "ServeBody":
        if self.traffic_allocation not in (None, EVERYBODY):
            raise problems.fault("traffic_allocation is 100: everybody gets what is served.")
        return self


class StopServingBody(NotedBody, OpenNoBody):
    """Why; it may be left out."""


class CodedServing(Success, Tried):
    """The variant that everybody gets."""

    test_id: int
    """The experiment's number."""
    serving_variant_id: int
    """Its place in the result: 0 is the control."""
    serving_variant_key: str
    """Its key, which counts from nowhere."""
    serving_variant_name: str
    """Its name."""
    traffic_allocation: Literal[100]
    """Always 100: everybody gets it."""
    is_serving: Literal[True]
    """Always true: what is not done is an error."""


class CodedServingEnd(Success, Tried):
    """An experiment of which nobody gets a variant any more."""

    test_id: int
    """The experiment's number."""
    is_serving: Literal[False]
    """Always false: what is not done is an error."""


@operations.post(
    "/experiment/<test_id>/serve-winner", Scope.START, faults=(RefusalCode.INVALID_TRANSITION,)
)
def serve_winner(
    caller: Caller, test_id: str, body: ServeBody, expected: Precondition | None
) -> Entered[CodedServing]:
    """Have everybody get a variant; an experiment that is live is paused, in the same step.

    It holds no slot, and nothing is counted. It ends with `stop-serving`, and with any status that
    is asked for.
    """
    number, place = lookup.test_id_of(test_id), body.variant_id
    request = ActionRequest(
        Action.SHIP, variant=place, reason=body.reason or "", expected=expected, hidden=HIDDEN
    )
    actor = caller.actor(Door.INTEGERS)
    change = lifecycle.take_action(caller.project_id, number, request, actor)
    variant = designs.current(number).variants[place]
    served: CodedServing = {
        **answers.success(),
        "test_id": number,
        "serving_variant_id": place,
        "serving_variant_key": variant.key,
        "serving_variant_name": variant.name,
        "traffic_allocation": EVERYBODY,
        "is_serving": True,
    }
    return Entered(served, change.version, change.entry_id)


@operations.post("/experiment/<test_id>/stop-serving", Scope.PAUSE)
def stop_serving(
    caller: Caller, test_id: str, body: StopServingBody, expected: Precondition | None
) -> Entered[CodedServingEnd]:
    """Have everybody see the original again; where nothing is served, nothing changes."""
    number = lookup.test_id_of(test_id)
    request = ActionRequest(
        Action.STOP_SERVING,
        reason=body.reason or "",
        expected=expected,
        hidden=HIDDEN,
        is_repeatable=True,
    )
    actor = caller.actor(Door.INTEGERS)
    change = lifecycle.take_action(caller.project_id, number, request, actor)
    ended: CodedServingEnd = {**answers.success(), "test_id": number, "is_serving": False}
    return Entered(ended, change.version, change.entry_id)
