"""The same change for many experiments at once."""

from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from flask import Blueprint
from pydantic import Field, StrictBool, StrictInt
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api import answer_warnings, refusal_member, shapes
from app.api.admin import contract
from app.api.answer_warnings import Warned
from app.api.answers import Changed
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.operations import CHANGING_STATUS
from app.api.refusal_member import RefusalMember
from app.api.shapes import ReasonText, Reference
from app.core.errors import InvalidInput
from app.experiments import lookup
from app.lifecycle import MOST_AT_ONCE, BulkOutcome, Item, Mode, Order, Precondition, Slots
from app.models import Conclusion, Door, Status

blueprint = Blueprint("bulk", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Many at once")


class OrderBody(Body, json_schema_extra=shapes.only_where("status", "archived", "outcome")):
    """The experiments by id or key, in the order to take them, and what is to become.

    `versions` are what the asker saw of them, by the same ids or keys: what is in another version
    is refused.
    """

    ids: Annotated[
        list[Reference], Field(json_schema_extra={"minItems": 1, "maxItems": MOST_AT_ONCE})
    ]
    """The experiments by id or key, in the order to take them."""
    status: Status
    """What is to become of them."""
    mode: Mode = Mode.AS_MANY_AS_FIT
    """Whether to change as many as fit, or all or nothing."""
    reason: ReasonText | None = None
    """Why, for the history."""
    outcome: Conclusion | None = None
    """How they ended: only where they are archived. What is decided already keeps its own."""
    dry_run: StrictBool = False
    """Only say what would come of it."""
    versions: dict[Reference, StrictInt] = Field(default_factory=dict)
    """The version of each that the asker saw, by what `ids` names it by."""


class SlotCount(TypedDict):
    """The slots of the project's plan; a limit of null is none."""

    limit: int | None
    """How many may run at once; null without a limit."""
    running: int
    """How many run."""


class ChangedItem(Warned):
    """What came of one experiment."""

    id: str
    """The experiment's `exp_` id."""
    name: str
    """The experiment's name."""
    status: Status
    """The status that it has now, or would have with `dry_run`."""
    outcome: Literal["done", "already", "refused", "not_done"]
    """`not_done` where all or nothing came to nothing."""
    left_queue: NotRequired[Literal[True]]
    """There where nothing else came of it than that it left the queue."""
    dropped_start: NotRequired[Literal[True]]
    """There where nothing else came of it than that a start which was set was dropped."""
    already: NotRequired[Literal[True]]
    """There where it was as asked for already."""
    kept_outcome: NotRequired[Conclusion]
    """Of one that is archived: the outcome that was decided before, which stays."""
    detail: NotRequired[str]
    """Of one that is refused: why, in a sentence."""
    refusal: NotRequired[RefusalMember]
    """Of one that is refused."""


class ManyOutcome(Tried):
    """What came of a change of many; `done` is false where that is nothing."""

    done: bool
    """Whether any is done or as asked for: false where all are refused, or all or nothing was."""
    items: list[ChangedItem]
    """What came of each, in the order asked for."""
    slots_before: SlotCount | None
    """The slots before; null where the plan cannot be read."""
    slots_after: SlotCount | None
    """The slots afterwards; null where the plan cannot be read."""


class ManyChanged(Changed[ManyOutcome]):
    """The answer to a change of many: all are done or already, some refused, or nothing done."""

    statuses = (HTTPStatus.OK, HTTPStatus.MULTI_STATUS, HTTPStatus.CONFLICT)


@operations.post("/experiments/bulk", *CHANGING_STATUS)
def change_many(caller: Caller, body: OrderBody) -> ManyChanged:
    """Change as many as fit, or all or nothing.

    What waits and is told to pause beside others leaves the queue: its item says `left_queue`.
    """
    test_ids = lookup.test_ids(caller.project_id, body.ids)
    order = Order(
        test_ids,
        body.status,
        body.mode,
        body.reason or "",
        body.outcome,
        _expected(body, test_ids),
    )
    actor = caller.actor(Door.NAMES)
    outcome = lifecycle.change_many(caller.project_id, order, actor)
    return ManyChanged(document(outcome), status=_status(outcome))


def document(outcome: BulkOutcome) -> ManyOutcome:
    """Return what came of a change of many, as it is sent."""
    return {
        "done": not _came_to_nothing(outcome),
        "items": [_item(item, outcome) for item in outcome.items],
        "slots_before": _slots(outcome.slots_before),
        "slots_after": _slots(outcome.slots_after),
    }


def _expected(body: OrderBody, test_ids: list[int]) -> dict[int, Precondition]:
    """Return what the asker saw, by test id. Raises InvalidInput for what is not asked for."""
    by_reference = dict(zip(body.ids, test_ids, strict=True))
    others = sorted(body.versions.keys() - by_reference.keys())
    if others:
        raise InvalidInput(f"{others[0]} is not among ids.", "versions")
    return {
        by_reference[reference]: Precondition(frozenset({version}))
        for reference, version in body.versions.items()
    }


def _status(outcome: BulkOutcome) -> HTTPStatus:
    """Return that all are as asked for, that some are refused, or that nothing was done for it."""
    if not outcome.refused:
        return HTTPStatus.OK
    return HTTPStatus.CONFLICT if _came_to_nothing(outcome) else HTTPStatus.MULTI_STATUS


def _came_to_nothing(outcome: BulkOutcome) -> bool:
    """Return whether nothing was done for what the rules refused."""
    refused = len(outcome.refused)
    return bool(refused) and (refused == len(outcome.items) or not outcome.done)


def _outcome(item: Item, outcome: BulkOutcome) -> Literal["done", "already", "refused", "not_done"]:
    if item.refusal:
        return "refused"
    if item.is_already:
        return "already"
    return "done" if outcome.done else "not_done"


def _item(item: Item, outcome: BulkOutcome) -> ChangedItem:
    document: ChangedItem = {
        "id": item.experiment.public_id,
        "name": item.experiment.name,
        "status": (item.after if outcome.done else item.experiment).status,
        "outcome": _outcome(item, outcome),
    }
    if item.left_the_queue:
        document["left_queue"] = True
    if item.dropped_start:
        document["dropped_start"] = True
    if outcome.done and item.goes_live:
        document = {**document, **answer_warnings.beside(item.experiment.split_fault)}
    if item.is_already:
        document["already"] = True
    if outcome.done and item.kept_outcome:
        document["kept_outcome"] = item.kept_outcome
    if item.refusal:
        document["detail"] = item.refusal.sentence
        document["refusal"] = refusal_member.beside(item.refusal)["refusal"]
    return document


def _slots(slots: Slots | None) -> SlotCount | None:
    return {"limit": slots.limit, "running": slots.running} if slots else None
