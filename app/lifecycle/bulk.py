"""Many changes at once: as many as fit, in the order given, or all or none; or queued together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.core import project_row
from app.core.errors import InvalidInput
from app.core.transactions import rehearsing, writing
from app.lifecycle import (
    apply,
    pending,
    queue_processing,
    refusals,
    rules,
    slots,
    transitions,
)
from app.lifecycle.refusals import Refusal, RefusalCode, Refused
from app.lifecycle.rules import Contract, Edge, Unchanged, Wish, decide, visible
from app.lifecycle.slots import Slots
from app.lifecycle.store import Subject
from app.models import Actor, Conclusion, Status

MOST_AT_ONCE = 200
Seen = Mapping[int, datetime]
"""By test id the `changed_at` that somebody looked at; what has another now is refused."""

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
    """The same change for many experiments, by their test ids, in the order to take them.

    `takes_back` where it takes back what was just done to what is still as it was `seen` then: a
    draft that was moved there may go back to where it was, as by its own undo.
    """

    test_ids: Sequence[int]
    target: Status
    mode: Mode
    reason: str = ""
    conclusion: Conclusion | None = None
    seen: Seen = field(default_factory=dict)
    takes_back: bool = False


@dataclass(frozen=True)
class Item:
    """What came of one experiment: as it was before, as it is then, why it was refused if so."""

    experiment: Subject
    after: Subject
    refusal: Refusal | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it is not what it was."""
        return self.after.status is not self.experiment.status

    @property
    def left_the_queue(self) -> bool:
        """Whether nothing else came of it than that it does not wait for a slot any more."""
        return self.experiment.is_queued and not (self.after.is_queued or self.is_changed)


@dataclass(frozen=True)
class Came:
    """What came of an order. `done` is False where all or nothing came to nothing.

    The slots are the project's, None where they cannot be read. `takers` are those that the queue
    started in what was freed.
    """

    items: tuple[Item, ...]
    done: bool
    slots_before: Slots | None
    slots_after: Slots | None
    takers: tuple[Subject, ...] = ()

    @property
    def refused(self) -> tuple[Item, ...]:
        """The items that the rules refused."""
        return tuple(item for item in self.items if item.refusal)

    @property
    def changed(self) -> tuple[Item, ...]:
        """The items that are not what they were; none where nothing was done."""
        return tuple(item for item in self.items if item.is_changed) if self.done else ()

    @property
    def unchanged(self) -> tuple[Item, ...]:
        """The items that are what they were."""
        return tuple(item for item in self.items if not (self.done and item.is_changed))

    @property
    def ways_back(self) -> set[Edge | None]:
        """The edges that take back what changed, None among them where there is no such edge."""
        return {rules.way_back(item.experiment.status, item.after.status) for item in self.changed}

    @property
    def way_back(self) -> Status | None:
        """The status that all that changed came from, if they may all go back there."""
        ways = self.ways_back
        way = ways.pop() if len(ways) == 1 else None
        return way and way.target


def carry_out(project_id: int, order: Order, actor: Actor) -> Came:
    """Carry out an order in one unit of work, each change decided after those before it.

    Raises NotFound when one of the experiments is not the project's, and InvalidInput for none or
    too many of them, for a reason or conclusion that cannot be kept, and for what is to be taken
    back without saying how it was; nothing has changed then. History keeps what was refused.
    """
    _check(order.test_ids)
    if order.takes_back and set(order.seen) != set(order.test_ids):
        raise InvalidInput("What is taken back has a stamp of how it was.", "seen")
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


def queue(
    project_id: int, test_ids: Sequence[int], actor: Actor, queue_until: datetime, seen: Seen
) -> tuple[Item, ...]:
    """Start each when a slot frees, or at once where one is free, in the order given.

    In one unit of work; what the rules refuse keeps none of the others from it, and history keeps
    it. Raises what `carry_out` raises.
    """
    _check(test_ids)
    with writing() as session:
        project_row.lock_project(session, project_id)
        chosen = dict.fromkeys(test_ids)
        items = tuple(
            _queued(session, project_id, test_id, actor, queue_until, seen.get(test_id))
            for test_id in chosen
        )
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


def _queued(
    session: Session,
    project_id: int,
    test_id: int,
    actor: Actor,
    queue_until: datetime,
    seen: datetime | None,
) -> Item:
    experiment = apply.known(session, project_id, test_id, Contract.NAMES)
    try:
        queue_processing.start_or_queue(session, project_id, test_id, actor, queue_until, seen)
    except Refused as refused:
        return Item(experiment, experiment, refused.refusal)
    return Item(experiment, apply.known(session, project_id, test_id, Contract.NAMES))


def _tried(session: Session, project_id: int, order: Order, actor: Actor) -> Came:
    project_row.lock_project(session, project_id)
    before = slots.read_within(session, project_id)
    chosen = dict.fromkeys(order.test_ids)
    items = tuple(_item(session, project_id, test_id, order, actor) for test_id in chosen)
    all_went = not any(item.refusal for item in items)
    done = all_went or order.mode is Mode.AS_MANY_AS_FIT
    if not done:
        refused = tuple(_as_it_was(item, before, len(items)) for item in items)
        return Came(refused, done, before, before)
    if order.target is Status.STOPPED and any(item.is_changed for item in items):
        items = tuple(_kept_from_starting(session, item, actor) for item in items)
    takers = _filled(session, project_id)
    return Came(items, done, before, slots.read_within(session, project_id), takers)


def _as_it_was(item: Item, before: Slots | None, asked: int) -> Item:
    """The item where all or nothing came to nothing: the others hold no slot after all."""
    is_full = item.refusal and item.refusal.code is RefusalCode.PLAN_LIMIT
    if is_full and before and not before.full:
        return replace(item, refusal=refusals.not_all_fit(asked, before))
    return item


def _kept_from_starting(session: Session, item: Item, actor: Actor) -> Item:
    """What waits leaves the queue: told to pause, it must not start in a slot that this frees."""
    is_told_for_nothing = item.refusal and item.refusal.code is RefusalCode.NOT_RUNNING
    if not (item.after.is_queued and is_told_for_nothing):
        return item
    apply.drop_from_queue(session, item.after, actor, "It was told to pause.")
    return Item(item.experiment, replace(item.after, is_queued=False))


def _filled(session: Session, project_id: int) -> tuple[Subject, ...]:
    """Fill what slots there are; the experiments that the queue started."""
    waited = pending.line(session, project_id)
    queue_processing.fill_slots(session, project_id)
    wait = {each.test_id for each in pending.line(session, project_id)}
    gone = [each.test_id for each in waited if each.test_id not in wait]
    known = (apply.known(session, project_id, test_id, Contract.NAMES) for test_id in gone)
    return tuple(each for each in known if each.status is Status.RUNNING)


def _item(session: Session, project_id: int, test_id: int, order: Order, actor: Actor) -> Item:
    experiment = apply.known(session, project_id, test_id, Contract.NAMES)
    contract = _contract(experiment, order)
    # What is so already keeps what waits to happen to it.
    if isinstance(decide(experiment, order.target, contract, None), Unchanged):
        return Item(experiment, experiment)
    seen = order.seen.get(test_id)
    wish = Wish(order.target, contract, order.reason, order.conclusion, seen)
    try:
        transitions.transition_within(session, project_id, test_id, wish, actor)
    except Refused as refused:
        return Item(experiment, experiment, refused.refusal)
    return Item(experiment, apply.known(session, project_id, test_id, Contract.NAMES))


def _contract(experiment: Subject, order: Order) -> Contract:
    """The contract that offers the most; what it does not know at all, the other one refuses."""
    contract = Contract.INTEGERS if order.takes_back else _CONTRACTS[order.target]
    return contract if visible(experiment.status, contract) else Contract.NAMES
