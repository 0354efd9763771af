"""Actions of the rule book, by their own names: all of them, whatever the contracts offer."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings
from app.api.admin import contract
from app.api.answer_warnings import Warned
from app.api.answers import Entered
from app.api.bodies import OptionalBody
from app.api.change_requests import STATUS_REFUSALS, EndingBody
from app.api.dry_runs import Tried
from app.api.operations import CHANGING_STATUS
from app.core.errors import NotFound
from app.lifecycle import Action, ChangeRequest, Offer, Precondition
from app.models import Door, Status

blueprint = Blueprint("actions_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Actions")


ActionName = Annotated[str, Field(json_schema_extra={"enum": list(Action)})]


class ActionTaken(Warned, Tried):
    """An action that was taken, and the status that it has led to."""

    id: str
    """The experiment's `exp_` id."""
    action: Action
    """What was done."""
    status: Status
    """The status that it has now."""


class ActionBody(EndingBody, OptionalBody):
    """Why, and how it ended; it may be left out."""


@operations.post(
    "/experiments/<experiment:public_id>/actions/<action>", *CHANGING_STATUS, faults=STATUS_REFUSALS
)
def take_action(
    caller: Caller,
    public_id: str,
    action: ActionName,
    body: ActionBody,
    expected: Precondition | None,
) -> Entered[ActionTaken]:
    """Start, pause, resume, redraft, unredraft, archive or discard, by the action's name."""
    if action not in set(Action):
        raise NotFound(f"An action is one of {', '.join(Action)}.")
    edge = lifecycle.edge_of(Action(action))
    offer = Offer(edge.target, {edge.origin: edge.action})
    request = ChangeRequest(offer, body.reason or "", body.outcome, expected)
    change = lifecycle.transition(caller.project_id, public_id, request, caller.actor(Door.NAMES))
    return Entered(
        {
            "id": public_id,
            "action": Action(action),
            "status": change.status,
            **answer_warnings.beside(change.split_fault),
        },
        change.version,
        change.entry_id,
    )
