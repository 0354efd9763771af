"""Many changes at once: as many as fit, in the order given, or all or none; or queued together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.accounts.key_rights import require_scope
from app.core.errors import InvalidInput
from app.database.transactions import taking_back
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import refusals, rules, slots, subjects, transitions
from app.lifecycle.apply import TOLD, drop_from_queue, drop_plans
from app.lifecycle.ends.taking_back import take_back_within
from app.lifecycle.many.orders import BulkOutcome, Expected, Item, Mode, Order
from app.lifecycle.preconditions import Precondition
from app.lifecycle.queueing import queue_processing
from app.lifecycle.refusals import Refusal, RefusalCode, Refused
from app.lifecycle.rules import (
    TO_STOPPED,
    Action,
    ChangeRequest,
    Offer,
    Unchanged,
    decide_request,
)
from app.lifecycle.slots import Slots
from app.lifecycle.subjects import Reference, Subject
from app.models import Actor, Status

MOST_AT_ONCE = 200


def carry_out(project_id: int, order: Order, actor: Actor) -> BulkOutcome:
    """Carry out an order in one unit of work, each change decided after those before it.

    Raises NotFound when one of the experiments is not the project's, and InvalidInput for none or
    too many of them, for a reason or conclusion that cannot be kept, and for what is to be taken
    back without saying how it was; nothing has changed then. History keeps what was refused.
    """
    _check_order(order)
    if order.takes_back and set(order.expected) != set(order.test_ids):
        raise InvalidInput("To take changes back, say how each experiment was after them.", "seen")
    with changing(project_id, actor) as work:
        outcome = carry_out_within(work, order)
        if not outcome.done:
            work.abandon()
    enter_refusals(project_id, order.target, outcome.items, actor)
    return outcome


def dry_run(project_id: int, order: Order, actor: Actor) -> BulkOutcome:
    """Return what `carry_out` would do now: it is carried out, and taken back."""
    with taking_back():
        return carry_out(project_id, order, actor)


def queue(
    project_id: int,
    test_ids: Sequence[int],
    actor: Actor,
    queue_until: datetime,
    expected: Expected,
) -> tuple[Item, ...]:
    """Start each when a slot frees, or at once where one is free, in the order given.

    In one unit of work; what the rules refuse keeps none of the others from it, and history keeps
    it. Raises what `carry_out` raises.
    """
    _check(test_ids)
    with changing(project_id, actor) as work:
        items = tuple(
            _queued(work, test_id, queue_until, expected.get(test_id))
            for test_id in dict.fromkeys(test_ids)
        )
    enter_refusals(project_id, Status.RUNNING, items, actor)
    return items


def _check_order(order: Order) -> None:
    _check(order.test_ids)
    # Also where nothing is to be done: what is so already enters no reason.
    transitions.checked_note(order.reason, order.conclusion, order.target)


def _check(test_ids: Sequence[int]) -> None:
    if not test_ids:
        raise InvalidInput("Select at least one experiment.", "test_ids")
    if len(test_ids) > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE} experiments at once.", "test_ids")


def enter_refusals(project_id: int, target: Status, items: Sequence[Item], actor: Actor) -> None:
    """Keep in history what was refused of many."""
    refused: list[tuple[Reference, Status, Refusal]] = [
        (item.experiment.test_id, target, item.refusal) for item in items if item.refusal
    ]
    if refused:
        transitions.enter_refusals(project_id, actor, refused)


def _queued(
    work: UnitOfWork, test_id: int, queue_until: datetime, expected: Precondition | None
) -> Item:
    experiment = subjects.load(work, test_id)
    try:
        queue_processing.start_or_queue(work, test_id, queue_until, expected)
    except Refused as refused:
        return Item(experiment, experiment, refusal=refused.refusal)
    return Item(experiment, subjects.load(work, test_id))


def carry_out_within(work: UnitOfWork, order: Order) -> BulkOutcome:
    """Carry out an order as a part of a unit of work.

    Its owner abandons it where all or nothing came to nothing.
    """
    require_scope(work.actor, rules.scope_of(order.target))
    before = slots.read(work)
    items = tuple(_item(work, test_id, order) for test_id in dict.fromkeys(order.test_ids))
    all_went = not any(item.refusal for item in items)
    done = all_went or order.mode is Mode.AS_MANY_AS_FIT
    if not done:
        refused = tuple(_as_it_was(item, before, len(items)) for item in items)
        return BulkOutcome(refused, done, before, before)
    freed = [item.entry_id for item in items if item.edge and item.edge.frees_slot]
    if not freed:
        return BulkOutcome(items, done, before, slots.read(work))
    items = tuple(_drop_from_queue_if_told_to_pause(work, item) for item in items)
    takers = queue_processing.fill_freed(work, freed)
    return BulkOutcome(items, done, before, slots.read(work), tuple(takers))


def _as_it_was(item: Item, before: Slots | None, asked: int) -> Item:
    """Return the item where all or nothing came to nothing: the others hold no slot after all."""
    is_full = item.refusal and item.refusal.code is RefusalCode.PLAN_LIMIT
    if is_full and before and not before.full:
        return replace(item, refusal=refusals.not_all_fit(asked, before))
    return item


def _drop_from_queue_if_told_to_pause(work: UnitOfWork, item: Item) -> Item:
    """Take what waits and is told to pause out of the queue: no slot that this frees starts it."""
    stands_still = item.is_already or (
        item.refusal is not None and item.refusal.code is RefusalCode.NOT_RUNNING
    )
    if not (item.after.is_queued and stands_still):
        return item
    drop_from_queue(work, item.after, TOLD[Status.STOPPED])
    return Item(item.experiment, replace(item.after, is_queued=False))


def _item(work: UnitOfWork, test_id: int, order: Order) -> Item:
    experiment, offer = subjects.load(work, test_id), _offer(order)
    if isinstance(decide_request(experiment, offer, None), Unchanged):
        # Told where it is to be, it does not start by itself later; nobody is told so by an undo.
        if not order.takes_back:
            drop_plans(work, experiment, experiment.status)
        return Item(experiment, subjects.load(work, test_id))
    holder = _holder(work, test_id, order)
    try:
        change = _change(work, experiment, offer, order, holder)
    except Refused as refused:
        return Item(experiment, experiment, refusal=refused.refusal)
    after = subjects.load(work, test_id)
    return Item(experiment, after, change.edge, change.entry_id, swapped_for=holder)


def _holder(work: UnitOfWork, test_id: int, order: Order) -> Subject | None:
    """Return what makes room for an experiment; None for one that needs a free slot."""
    holder_id = order.in_place_of.get(test_id)
    holder = None if holder_id is None else subjects.load(work, holder_id)
    return holder if holder and holder.status is Status.RUNNING else None


def _change(
    work: UnitOfWork, experiment: Subject, offer: Offer, order: Order, holder: Subject | None
) -> transitions.Change:
    test_id = experiment.test_id
    expected = order.expected.get(test_id)
    if holder is not None:
        return transitions.swap_within(work, test_id, holder.test_id, order.reason, expected)
    # How each ended that is decided already stays as it is.
    is_decided = experiment.ending.outcome is not None
    conclusion = None if is_decided else order.conclusion
    request = ChangeRequest(offer, order.reason, conclusion, expected)
    if order.takes_back:
        return take_back_within(work, test_id, request)[0]
    return transitions.change_status(work, test_id, request)


def _offer(order: Order) -> Offer:
    """Return what a change of many means; taking back, any edge that leads to the target."""
    if order.takes_back:
        return Offer(order.target, rules.actions_to(order.target), is_repeatable=True)
    return _OFFERS[order.target]


# A draft that is told to pause is left where it is. What is as asked for already is a success.
_OFFERS = {
    offer.target: offer
    for offer in (
        Offer(
            Status.RUNNING,
            {Status.DRAFT: Action.START, Status.STOPPED: Action.RESUME},
            is_repeatable=True,
        ),
        replace(TO_STOPPED, is_repeatable=True),
        Offer(Status.DRAFT, {Status.STOPPED: Action.REDRAFT}, is_repeatable=True),
        Offer(
            Status.ARCHIVED,
            {Status.STOPPED: Action.ARCHIVE, Status.DRAFT: Action.DISCARD},
            is_repeatable=True,
        ),
    )
}
