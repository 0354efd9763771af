"""The rule book: which status may follow which, for whom it is offered, and the plan's limit.

Every door, button and command asks `decide`; `changes` carries out what it allows.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.lifecycle import refusals
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.slots import Slots
from app.lifecycle.store import Subject
from app.models import Conclusion, Status


class Contract(StrEnum):
    """The two ways to ask for a status: by integer or by name."""

    INTEGERS = "integers"
    NAMES = "names"


class Action(StrEnum):
    """What an edge is called."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    REDRAFT = "redraft"
    ARCHIVE = "archive"
    DISCARD = "discard"
    SHELVE = "shelve"


@dataclass(frozen=True)
class Edge:
    """A legal change. `label` is the button's, None where the page has no button for it."""

    action: Action
    origin: Status
    target: Status
    label: str | None
    contracts: tuple[Contract, ...]

    @property
    def page_contract(self) -> Contract:
        """The contract whose endpoint the page's button calls."""
        return self.contracts[0]


_BOTH = (Contract.INTEGERS, Contract.NAMES)
_INTEGERS = (Contract.INTEGERS,)
_NAMES = (Contract.NAMES,)

EDGES = (
    Edge(Action.START, Status.DRAFT, Status.RUNNING, "Start", _BOTH),
    Edge(Action.PAUSE, Status.RUNNING, Status.STOPPED, "Pause", _BOTH),
    Edge(Action.RESUME, Status.STOPPED, Status.RUNNING, "Resume", _INTEGERS),
    Edge(Action.REDRAFT, Status.STOPPED, Status.DRAFT, "Back to draft", _INTEGERS),
    Edge(Action.ARCHIVE, Status.STOPPED, Status.ARCHIVED, "Archive", _NAMES),
    Edge(Action.DISCARD, Status.DRAFT, Status.ARCHIVED, "Discard", _NAMES),
    Edge(Action.SHELVE, Status.DRAFT, Status.STOPPED, None, _INTEGERS),
)

_HIDDEN = {Contract.INTEGERS: frozenset({Status.ARCHIVED}), Contract.NAMES: frozenset[Status]()}


@dataclass(frozen=True)
class Unchanged:
    """The experiment is in that status already, and the contract calls this success."""


Decision = Edge | Unchanged | Refusal


@dataclass(frozen=True)
class Wish:
    """A status that somebody asks for, by a contract.

    `reason` is why, `conclusion` how the experiment ended, for history. `seen` is the `changed_at`
    of the experiment that the asker looked at: if it is another now, the answer is no.
    """

    target: Status
    contract: Contract
    reason: str = ""
    conclusion: Conclusion | None = None
    seen: datetime | None = None


def hidden_from(contract: Contract) -> frozenset[Status]:
    """The statuses whose experiments the contract does not know at all."""
    return _HIDDEN[contract]


def visible(status: Status, contract: Contract) -> bool:
    """Whether the contract knows experiments of this status."""
    return status not in hidden_from(contract)


def decide(
    experiment: Subject, target: Status, contract: Contract, slots: Slots | None
) -> Decision:
    """Whether `experiment` may go to `target`: the edge to take, nothing to do, or a refusal.

    Pure. `slots` are the project's as they are now, None when they cannot be read; they matter
    only on the way into running.
    """
    if target is experiment.status and contract is Contract.INTEGERS:
        return Unchanged()
    edge = _edge(experiment.status, target)
    if edge is None or contract not in edge.contracts:
        return refusals.illegal(experiment, target, offered_from(target, contract))
    if takes_a_slot(experiment.status, target):
        return _slot_refusal(slots) or edge
    return edge


def takes_a_slot(origin: Status, target: Status) -> bool:
    """Whether the change is one that the plan limits."""
    return target is Status.RUNNING and origin is not Status.RUNNING


def frees(action: Action) -> bool:
    """Whether the action gives a slot back."""
    return edge_of(action).origin is Status.RUNNING


def actions(experiment: Subject, slots: Slots | None) -> list[tuple[Edge, Refusal | None]]:
    """What the page offers for an experiment, each with why it would be refused now."""
    return [
        (edge, decision if isinstance(decision, Refusal) else None)
        for edge in EDGES
        if edge.origin is experiment.status and edge.label
        for decision in [decide(experiment, edge.target, edge.page_contract, slots)]
    ]


def offered_from(target: Status, contract: Contract) -> tuple[Status, ...]:
    """The statuses from which the contract offers `target`."""
    return tuple(
        edge.origin for edge in EDGES if edge.target is target and contract in edge.contracts
    )


def edge_of(action: Action) -> Edge:
    """The edge that is called `action`."""
    return next(edge for edge in EDGES if edge.action is action)


@dataclass(frozen=True)
class Outcome:
    """What came of an action: it is done, or it is refused, or nothing stands in its way now.

    `undo` is the edge that takes a done action back, where there is one. It is decided when it is
    taken: nothing is reserved for it.
    """

    done: bool
    refusal: Refusal | None
    undo: Edge | None


def outcome(experiment: Subject, action: Action, slots: Slots | None) -> Outcome:
    """What the present state of `experiment` says about an action that was asked for."""
    edge = edge_of(action)
    if experiment.status is edge.target:
        return Outcome(done=True, refusal=None, undo=way_back(edge.origin, edge.target))
    decision = decide(experiment, edge.target, edge.page_contract, slots)
    refusal = decision if isinstance(decision, Refusal) else None
    return Outcome(done=False, refusal=refusal, undo=None)


def way_back(origin: Status, target: Status) -> Edge | None:
    """The edge that takes a change from `origin` to `target` back, where there is one."""
    return _edge(target, origin)


def is_swapped(incoming: Subject, outgoing: Subject) -> bool:
    """Whether a swap of these two is what shows: the one runs, the other was paused for it."""
    return incoming.status is Status.RUNNING and outgoing.status is Status.STOPPED


def require_schedulable(experiment: Subject, target: Status) -> None:
    """Raise Refused where `experiment` will not go to `target` at any moment to come.

    A stop may be set for what does not run yet.
    """
    if experiment.status is Status.ARCHIVED or experiment.status is target is Status.RUNNING:
        raise Refused(refusals.not_schedulable(experiment))


def require_open_design(experiment: Subject) -> None:
    """Raise Refused unless the design of `experiment` may change: it may in draft alone.

    A split that changes under its visitors can be trusted no more.
    """
    if experiment.status is not Status.DRAFT:
        raise Refused(refusals.design_closed(experiment))


def require_editable(experiment: Subject) -> None:
    """Raise Refused unless the name, page and description of `experiment` may change.

    What is archived stays as it was: it is what people come back to read.
    """
    if experiment.status is Status.ARCHIVED:
        raise Refused(refusals.NOT_EDITABLE)


def _edge(origin: Status, target: Status) -> Edge | None:
    return next((edge for edge in EDGES if (edge.origin, edge.target) == (origin, target)), None)


def _slot_refusal(slots: Slots | None) -> Refusal | None:
    if slots is None:
        return refusals.PLAN_UNREADABLE
    return refusals.at_the_limit(slots) if slots.full else None
