"""Traffic of what is live, or paused in an open run: it rises, and never falls."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field, StrictFloat, StrictInt
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Entered
from app.api.bodies import Body
from app.api.change_requests import NotedBody
from app.api.dry_runs import Tried
from app.core.validation import basis_points, percents
from app.lifecycle import Precondition, RefusalCode, RiseRequest
from app.models import Door, Scope, Status

blueprint = Blueprint("traffic_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Actions")

RISE_REFUSALS = (
    RefusalCode.TRAFFIC_NOT_HIGHER,
    RefusalCode.NOT_STARTED,
    RefusalCode.INVALID_TRANSITION,
)


class TrafficBody(NotedBody, Body):
    """The share that is to take part from now on, and why."""

    traffic_allocation: Annotated[
        StrictInt | StrictFloat,
        Field(json_schema_extra={"minimum": 0.01, "maximum": 100}, examples=[50]),
    ]
    """How much of its audience takes part, in percent with two decimals at most."""


class _Raised(TypedDict):
    id: str
    """The experiment's `exp_` id."""
    status: Status
    """The status that it has now."""
    previous_traffic_allocation: float
    """How much of its audience took part before, in percent."""
    traffic_allocation: float
    """How much takes part now, in percent."""


class TrafficRaised(_Raised, Tried):
    """An experiment of whose audience more takes part from now on."""


@operations.post("/experiments/<experiment:public_id>/traffic", Scope.START, faults=RISE_REFUSALS)
def raise_traffic(
    caller: Caller, public_id: str, body: TrafficBody, expected: Precondition | None
) -> Entered[TrafficRaised]:
    """Let more of its audience take part while the experiment is open; those in it stay in it.

    It never falls, and this cannot be taken back. A draft's traffic is a part of its design.
    """
    share = basis_points(str(body.traffic_allocation), "traffic_allocation")
    asked = RiseRequest(share, body.reason or "", expected)
    actor = caller.actor(Door.NAMES)
    rise = lifecycle.raise_traffic(caller.project_id, public_id, asked, actor)
    return Entered(
        {
            "id": public_id,
            "status": rise.status,
            "previous_traffic_allocation": percents(rise.before),
            "traffic_allocation": percents(rise.after),
        },
        rise.version,
        rise.entry_id,
    )
