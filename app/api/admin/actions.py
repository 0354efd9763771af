"""Actions of the rule book, by their own names: all of them, whatever the contracts offer."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, answers
from app.api.admin import callers
from app.api.bodies import OptionalBody
from app.api.change_requests import EndingBody
from app.core.errors import NotFound
from app.lifecycle import Action, ChangeRequest, Offer, Precondition
from app.models import Door

blueprint = Blueprint("actions_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)


class ActionBody(EndingBody, OptionalBody):
    """Why, and how it ended; it may be left out."""


@operations.post("/experiments/<experiment:public_id>/actions/<action>")
def take(
    caller: Caller, public_id: str, action: str, body: ActionBody, expected: Precondition | None
) -> ResponseReturnValue:
    """Take an action, from the one status that it leads from."""
    if action not in set(Action):
        raise NotFound(f"An action is one of {', '.join(Action)}.")
    edge = lifecycle.edge_of(Action(action))
    offer = Offer(edge.target, {edge.origin: edge.action})
    request = ChangeRequest(offer, body.reason or "", body.outcome, expected)
    change = lifecycle.transition(caller.project_id, public_id, request, caller.actor(Door.NAMES))
    return answers.changed(
        change.entry_id,
        change.version,
        id=public_id,
        action=action,
        status=change.status,
        **answer_warnings.beside(change.split_fault),
    )
