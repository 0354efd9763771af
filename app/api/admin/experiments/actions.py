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
from app.api.shapes import Key
from app.core.errors import NotFound
from app.lifecycle import Action, ActionRequest, Precondition
from app.models import Conclusion, Door, Status

blueprint = Blueprint("actions_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Actions")


_TAKE_BACK = {Action.STOP_SERVING, Action.REOPEN}
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


class TakenBody(ActionBody):
    """Why, how it ended, and with which variant."""

    outcome: Conclusion | None = None
    """How it ended: only where it is shipped, concluded or archived. What is shipped has won.

    Where it has never run as it is designed now, it is unfinished, and nothing else.
    """
    variant: Key | None = None
    """The variant, by its key: what everybody is to get, or what it is concluded with."""


@operations.post(
    "/experiments/<experiment:public_id>/actions/<action>", *CHANGING_STATUS, faults=STATUS_REFUSALS
)
def take_action(
    caller: Caller,
    public_id: str,
    action: ActionName,
    body: TakenBody,
    expected: Precondition | None,
) -> Entered[ActionTaken]:
    """Take an action of the rule book, from start to reopen, by its name.

    It is started, paused, resumed, put back to draft and from there, archived or discarded: what is
    so already is refused. Or a `variant` is shipped to everybody, or it is concluded with an
    `outcome`, or that is taken back, by `stop-serving` what everybody gets alone and by `reopen`
    all that is decided: what is so already changes nothing.
    """
    if action not in set(Action):
        raise NotFound(f"An action is one of {', '.join(Action)}.")
    request = ActionRequest(
        Action(action),
        body.outcome,
        body.variant,
        body.reason or "",
        expected,
        is_repeatable=action in _TAKE_BACK,
    )
    change = lifecycle.take_action(caller.project_id, public_id, request, caller.actor(Door.NAMES))
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
