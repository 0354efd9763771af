"""The hold of a project's queue, and everything stopped at once."""

from collections.abc import Sequence
from typing import Annotated

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field, StrictInt, StrictStr

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answers
from app.api.admin import bulk, callers
from app.api.bodies import Body, OptionalBody
from app.api.moments import written
from app.core.validation import LARGEST_NUMBER
from app.lifecycle import Hold, HoldEnd, StopUndo, Subject
from app.models import Door
from app.web.settings import late_start, start_terms

blueprint = Blueprint("holds", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)


class ReasonBody(OptionalBody):
    """Why the queue is held, or everything stopped."""

    reason: StrictStr | None = None


EntryId = Annotated[StrictInt, Field(ge=0, le=LARGEST_NUMBER)]


class UndoBody(Body):
    """The hold that was placed, if one was, and the first and last entry of what was paused."""

    hold: EntryId | None = None
    entries: tuple[EntryId, EntryId] | None = None

    @property
    def undo(self) -> StopUndo:
        """Return what it takes back."""
        return StopUndo(self.hold, *(self.entries or ()))


@operations.get("/queue/hold")
def show_hold(caller: Caller) -> ResponseReturnValue:
    """Return the hold of the queue, null without one, and what would start if it were lifted.

    Without one, also who lifted the latest, where there was any.
    """
    hold = lifecycle.hold_of(caller.project_id)
    starting = lifecycle.forecast_of_lift(caller.project_id, late_start()) if hold else ()
    end = None if hold else lifecycle.last_hold_end_of(caller.project_id)
    lifted = {"lifted": _ended(end)} if end else {}
    return jsonify(hold=shown(hold), would_start=_named(starting), **lifted)


@operations.put("/queue/hold")
def hold_queue(caller: Caller, body: ReasonBody) -> ResponseReturnValue:
    """Hold the queue: nothing starts by itself until the hold is lifted."""
    reason = body.reason or ""
    held = lifecycle.hold_queue(caller.project_id, caller.actor(Door.NAMES), reason)
    return answers.changed(hold=shown(held.hold))


@operations.delete("/queue/hold")
def lift_hold(caller: Caller) -> ResponseReturnValue:
    """Lift the hold, and start what has waited for that; nothing where the queue is not held."""
    lifted = lifecycle.lift_hold(caller.project_id, caller.actor(Door.NAMES), start_terms())
    return answers.changed(hold=None, started=_named(lifted.started))


@operations.post("/experiments/stop-all")
def stop_everything(caller: Caller, body: ReasonBody) -> ResponseReturnValue:
    """Pause all that runs and hold the queue; `undo` is the body that takes it back."""
    reason = body.reason or ""
    stopped = lifecycle.stop_everything(caller.project_id, caller.actor(Door.NAMES), reason)
    undo = stopped.undo
    entries = undo.first_entry_id and [undo.first_entry_id, undo.last_entry_id]
    return answers.changed(
        paused=_named([item.after for item in stopped.outcome.changed]),
        hold=shown(stopped.held.hold),
        undo={"hold": undo.hold_id, "entries": entries},
    )


@operations.post("/experiments/stop-all/undo")
def undo_stop(caller: Caller, body: UndoBody) -> ResponseReturnValue:
    """Resume what was paused and lift the hold, both in one step."""
    undo, actor = body.undo, caller.actor(Door.NAMES)
    restarted = lifecycle.undo_stop(caller.project_id, actor, undo, start_terms())
    return answers.changed(
        None,
        **bulk.document(restarted.outcome),
        is_lifted=restarted.lifted.hold is not None,
        started=_named(restarted.lifted.started),
    )


def shown(hold: Hold | None) -> dict[str, object] | None:
    """Return a hold as it is sent."""
    if hold is None:
        return None
    return {
        "since": written(hold.since),
        "person": hold.email,
        "api_key": hold.api_key,
        "reason": hold.reason,
    }


def beside(hold: Hold | None) -> dict[str, object]:
    """Return one more member, `hold`, where the queue is held; none otherwise."""
    return {"hold": shown(hold)} if hold else {}


def _ended(end: HoldEnd) -> dict[str, object]:
    return {"at": written(end.at), "person": end.email, "api_key": end.api_key}


def _named(experiments: Sequence[Subject]) -> list[dict[str, str]]:
    return [{"id": each.public_id, "name": each.name} for each in experiments]
