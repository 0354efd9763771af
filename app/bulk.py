"""Many changes at once: as many as fit, in the order given, or all or none; or queued together."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app import changes, filling, ledger, queueing, slots, transitions
from app.errors import InvalidInput
from app.ledger import Actor, Subject
from app.lifecycle import Contract, Wish, visible
from app.models import Conclusion, Status
from app.refusals import Refusal, Refused
from app.slots import Slots
from app.transactions import rehearsing, writing

MOST_AT_ONCE = 200
# Pausing asks by name: by integer, a draft that is "paused" would be shelved.
_CONTRACTS = {
    Status.RUNNING: Contract.INTEGERS,
    Status.STOPPED: Contract.NAMES,
    Status.DRAFT: Contract.INTEGERS,
    Status.ARCHIVED: Contract.NAMES,
}


class Mode(StrEnum):
    """What is done when some of the changes are refused."""

    AS_MANY_AS_FIT = "as_many_as_fit"
    ALL_OR_NOTHING = "all_or_nothing"


@dataclass(frozen=True)
class Order:
    """The same change for many experiments, by their test ids, in the order to take them."""

    test_ids: Sequence[int]
    target: Status
    mode: Mode
    reason: str = ""
    conclusion: Conclusion | None = None


@dataclass(frozen=True)
class Item:
    """What came of one experiment: as it was before, its status then, why it was refused if so."""

    experiment: Subject
    status: Status
    refusal: Refusal | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it is not what it was."""
        return self.status is not self.experiment.status


@dataclass(frozen=True)
class Came:
    """What came of an order. `done` is False where all or nothing came to nothing.

    The slots are the project's, None where they cannot be read.
    """

    items: tuple[Item, ...]
    done: bool
    slots_before: Slots | None
    slots_after: Slots | None

    @property
    def refused(self) -> tuple[Item, ...]:
        """The items that the rules refused."""
        return tuple(item for item in self.items if item.refusal)


def carry_out(project_id: int, order: Order, actor: Actor) -> Came:
    """Carry out an order in one unit of work, each change decided after those before it.

    Raises NotFound when one of the experiments is not the project's, and InvalidInput for none or
    too many of them and for a reason or conclusion that cannot be kept; nothing has changed then.
    History keeps what was refused.
    """
    _check(order.test_ids)
    with writing() as session:
        came = _tried(session, project_id, order, actor)
        if not came.done:
            session.rollback()
    _remember(project_id, order.target, came.items, actor)
    return came


def rehearse(project_id: int, order: Order, actor: Actor) -> Came:
    """What `carry_out` would do now: it is done by the same rules, and taken back."""
    _check(order.test_ids)
    with rehearsing() as session:
        return _tried(session, project_id, order, actor)


def queue(project_id: int, test_ids: Sequence[int], actor: Actor) -> tuple[Item, ...]:
    """Start each when a slot frees, or at once where one is free, in the order given.

    In one unit of work; what the rules refuse keeps none of the others from it, and history keeps
    it. Raises what `carry_out` raises.
    """
    _check(test_ids)
    with writing() as session:
        ledger.lock_project(session, project_id)
        chosen = dict.fromkeys(test_ids)
        items = tuple(_queued(session, project_id, test_id, actor) for test_id in chosen)
    _remember(project_id, Status.RUNNING, items, actor)
    return items


def _check(test_ids: Sequence[int]) -> None:
    if not test_ids:
        raise InvalidInput("Select at least one experiment.", "test_ids")
    if len(test_ids) > MOST_AT_ONCE:
        raise InvalidInput(f"At most {MOST_AT_ONCE} experiments at once.", "test_ids")


def _remember(project_id: int, target: Status, items: Sequence[Item], actor: Actor) -> None:
    refused = [(item.experiment.test_id, target, item.refusal) for item in items if item.refusal]
    if refused:
        transitions.remember_refusals(project_id, actor, refused)


def _queued(session: Session, project_id: int, test_id: int, actor: Actor) -> Item:
    experiment = changes.known(session, project_id, test_id, Contract.NAMES)
    until = queueing.expiry()
    try:
        status = filling.start_or_queue(session, project_id, test_id, actor, until)
    except Refused as refused:
        return Item(experiment, experiment.status, refused.refusal)
    return Item(experiment, status)


def _tried(session: Session, project_id: int, order: Order, actor: Actor) -> Came:
    ledger.lock_project(session, project_id)
    before = slots.read_within(session, project_id)
    chosen = dict.fromkeys(order.test_ids)
    items = tuple(_item(session, project_id, test_id, order, actor) for test_id in chosen)
    all_went = not any(item.refusal for item in items)
    done = all_went or order.mode is Mode.AS_MANY_AS_FIT
    if done:
        filling.fill_slots(session, project_id)
    after = slots.read_within(session, project_id) if done else before
    return Came(items, done, before, after)


def _item(session: Session, project_id: int, test_id: int, order: Order, actor: Actor) -> Item:
    experiment = changes.known(session, project_id, test_id, Contract.NAMES)
    contract = _contract(experiment, order.target)
    wish = Wish(order.target, contract, order.reason, order.conclusion)
    try:
        status = transitions.transition_within(session, project_id, test_id, wish, actor)
    except Refused as refused:
        return Item(experiment, experiment.status, refused.refusal)
    return Item(experiment, status)


def _contract(experiment: Subject, target: Status) -> Contract:
    """The contract that offers the most; what it does not know at all, the other one refuses."""
    contract = _CONTRACTS[target]
    return contract if visible(experiment.status, contract) else Contract.NAMES
