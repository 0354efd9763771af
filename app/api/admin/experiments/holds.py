"""The hold of a project's queue, and everything stopped at once."""

from collections.abc import Sequence
from typing import Annotated, NotRequired

from flask import Blueprint
from pydantic import Field, StrictBool, StrictInt
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.admin.experiments import bulk
from app.api.admin.experiments.bulk import ManyOutcome
from app.api.answers import Answer, Changed
from app.api.bodies import Body, OptionalBody
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.operations import TO_PAUSE
from app.api.shapes import ReasonText
from app.core.validation import LARGEST_NUMBER
from app.lifecycle import Hold, HoldEnd, StopUndo, Subject
from app.models import Door, Scope
from app.web.settings import late_start, start_terms

blueprint = Blueprint("holds", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Queue")


class ReasonBody(OptionalBody):
    """Why the queue is held, or everything stopped."""

    reason: ReasonText | None = Field(None, examples=["The shop is closed."])
    """Why, for the history."""


class StopBody(ReasonBody):
    """Why everything is stopped, and whether what is shipped is, too."""

    stop_serving: StrictBool = False
    """Whether what is shipped is to be served no more, too."""


EntryId = Annotated[StrictInt, Field(ge=0, le=LARGEST_NUMBER)]


class UndoBody(Body):
    """The hold that was placed, if one was, and the first and last entry of what was paused."""

    hold: EntryId | None = Field(None, examples=[1])
    """The entry of the hold that was placed; null where none was."""
    entries: tuple[EntryId, EntryId] | None = None
    """The first and the last entry of what was paused; null where nothing was."""

    @property
    def undo(self) -> StopUndo:
        """Return what it takes back."""
        return StopUndo(self.hold, *(self.entries or ()))


class HoldEnded(TypedDict):
    """When the latest hold was lifted, and by whom."""

    at: Written
    """When it was lifted."""
    person: str | None
    """The e-mail of who lifted it; null where no person did."""
    api_key: str | None
    """The name of the key that lifted it; null where none did."""


class QueueHold(TypedDict):
    """Since when the queue is held, by whom, and why."""

    since: Written
    """Since when."""
    person: str | None
    """The e-mail of who holds it; null where no person does."""
    api_key: str | None
    """The name of the key that holds it; null where none does."""
    reason: str
    """Why."""


class HeldBeside(TypedDict, total=False):
    """What an answer has while the queue is held, and only then."""

    hold: QueueHold
    """Only while the queue is held."""


class ExperimentName(TypedDict):
    """An experiment by its id and its name."""

    id: str
    """The experiment's `exp_` id."""
    name: str
    """The experiment's name."""


class HoldShown(TypedDict):
    """Whether the queue is held, and what would start if it were not."""

    hold: QueueHold | None
    """The hold; null where the queue is not held."""
    would_start: list[ExperimentName]
    """What would start if it were lifted."""
    lifted: NotRequired[HoldEnded]
    """Who lifted the latest hold, where there was any."""


class HoldPlaced(Tried):
    """The hold of the queue."""

    hold: QueueHold | None
    """The hold; with `dry_run` the one that it would be."""


class HoldLifted(Tried):
    """What has started when the hold was lifted."""

    hold: None
    """Null: the queue is not held any more."""
    started: list[ExperimentName]
    """What has started now."""


class StopToUndo(TypedDict):
    """The body that takes back exactly this."""

    hold: int | None
    """The entry of the hold that was placed; null where none was."""
    entries: list[int] | None
    """The first and the last entry of what was paused or unserved; null where nothing was."""


class AllStopped(Tried):
    """What was paused, and the hold of the queue."""

    paused: list[ExperimentName]
    """What was paused."""
    unserved: list[ExperimentName]
    """What was shipped, and is served no more."""
    shipped: list[ExperimentName]
    """What is shipped still."""
    hold: QueueHold | None
    """The hold of the queue."""
    undo: StopToUndo
    """The body that takes back exactly this."""


class StopUndone(ManyOutcome):
    """What runs again, and what has started when the hold was lifted."""

    is_lifted: bool
    """Whether the hold was lifted, too."""
    served: list[ExperimentName]
    """What is shipped again."""
    started: list[ExperimentName]
    """What has started when it was."""


@operations.get("/queue/hold", *TO_PAUSE)
def show_hold(caller: Caller) -> Answer[HoldShown]:
    """Return the hold of the queue, null without one, and what would start if it were lifted.

    Without one, also who lifted the latest, where there was any.
    """
    hold = lifecycle.hold_of(caller.project_id)
    starting = lifecycle.forecast_of_lift(caller.project_id, late_start()) if hold else ()
    end = None if hold else lifecycle.last_hold_end_of(caller.project_id)
    answer: HoldShown = {"hold": shown(hold), "would_start": _named(starting)}
    return Answer({**answer, "lifted": _ended(end)} if end else answer)


@operations.put("/queue/hold", Scope.PAUSE)
def hold_queue(caller: Caller, body: ReasonBody) -> Changed[HoldPlaced]:
    """Hold the queue: nothing starts by itself until the hold is lifted."""
    reason = body.reason or ""
    held = lifecycle.hold_queue(caller.project_id, caller.actor(Door.NAMES), reason)
    return Changed({"hold": shown(held.hold)})


@operations.delete("/queue/hold", Scope.START)
def lift_hold(caller: Caller) -> Changed[HoldLifted]:
    """Lift the hold, and start what has waited for that; nothing where the queue is not held."""
    lifted = lifecycle.lift_hold(caller.project_id, caller.actor(Door.NAMES), start_terms())
    return Changed({"hold": None, "started": _named(lifted.started)})


@operations.post("/experiments/stop-all", Scope.PAUSE)
def stop_everything(caller: Caller, body: StopBody) -> Changed[AllStopped]:
    """Pause all that runs and hold the queue; `undo` is the body that takes it back.

    What is shipped goes on being served, unless `stop_serving` is sent.
    """
    reason, actor = body.reason or "", caller.actor(Door.NAMES)
    stopped = lifecycle.stop_everything(
        caller.project_id, actor, reason, stops_serving=body.stop_serving
    )
    undo = stopped.undo
    first, last = undo.first_entry_id, undo.last_entry_id
    return Changed(
        {
            "paused": _named([item.after for item in stopped.outcome.changed]),
            "unserved": _named([each for each, _ in stopped.unserved]),
            "shipped": _named(lifecycle.shipped_in(caller.project_id)),
            "hold": shown(stopped.held.hold),
            "undo": {"hold": undo.hold_id, "entries": [first, last] if first and last else None},
        }
    )


@operations.post("/experiments/stop-all/undo", Scope.START)
def undo_stop(caller: Caller, body: UndoBody) -> Changed[StopUndone]:
    """Resume what was paused and lift the hold, both in one step."""
    undo, actor = body.undo, caller.actor(Door.NAMES)
    restarted = lifecycle.undo_stop(caller.project_id, actor, undo, start_terms())
    return Changed(
        {
            **bulk.document(restarted.outcome),
            "is_lifted": restarted.lifted.hold is not None,
            "served": _named(restarted.served),
            "started": _named(restarted.lifted.started),
        }
    )


def shown(hold: Hold | None) -> QueueHold | None:
    """Return a hold as it is sent."""
    if hold is None:
        return None
    return {
        "since": written(hold.since),
        "person": hold.email,
        "api_key": hold.api_key,
        "reason": hold.reason,
    }


def beside(hold: Hold | None) -> HeldBeside:
    """Return one more member, `hold`, where the queue is held; none otherwise."""
    held = shown(hold)
    return {"hold": held} if held else {}


def _ended(end: HoldEnd) -> HoldEnded:
    return {"at": written(end.at), "person": end.email, "api_key": end.api_key}


def _named(experiments: Sequence[Subject]) -> list[ExperimentName]:
    return [{"id": each.public_id, "name": each.name} for each in experiments]
