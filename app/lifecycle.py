"""The rule book: which status may follow which, for whom it is offered, and the plan's limit.

Every door, button and command asks `decide`, and changes a status by `transition` alone.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app import ledger, runs
from app import slots as plan_slots
from app.errors import DomainError, NotFound
from app.ledger import Actor, Subject, Timestamps
from app.models import Status, now
from app.slots import Slots
from app.transactions import writing


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


class RefusalCode(StrEnum):
    """Why the answer is no; stable, for programs."""

    INVALID_TRANSITION = "INVALID_TRANSITION"
    NOT_RUNNING = "EXPERIMENT_NOT_RUNNING"
    RUNNING_ARCHIVE = "EXPERIMENT_RUNNING_ARCHIVE"
    ARCHIVED_RESTART = "EXPERIMENT_ARCHIVED_RESTART"
    PLAN_LIMIT = "PLAN_LIMIT"
    PLAN_UNREADABLE = "PLAN_UNREADABLE"
    NOT_A_DRAFT = "EXPERIMENT_NOT_DRAFT"


class WayOut(StrEnum):
    """What somebody who was refused can do instead."""

    PAUSE_A_HOLDER = "pause a holder"
    RAISE_THE_LIMIT = "raise the limit"
    PAUSE_FIRST = "pause first"
    BACK_TO_DRAFT = "back to draft"
    CLONE = "clone"
    TRY_LATER = "try later"


@dataclass(frozen=True)
class Unchanged:
    """The experiment is in that status already, and the contract calls this success."""


@dataclass(frozen=True)
class Refusal:
    """No, and why: a stable code, one plain sentence, the slots that were in the way, ways out.

    `allowed_from` are the states from which the contract offers the wanted status.
    """

    code: RefusalCode
    sentence: str
    ways_out: tuple[WayOut, ...]
    allowed_from: tuple[Status, ...] = ()
    slots: Slots | None = None


Decision = Edge | Unchanged | Refusal


class Refused(DomainError):
    """The rule book says no; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


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
        return _illegal(experiment, target, contract)
    if takes_a_slot(experiment.status, target):
        return _slot_refusal(slots) or edge
    return edge


def takes_a_slot(origin: Status, target: Status) -> bool:
    """Whether the change is one that the plan limits."""
    return target is Status.RUNNING and origin is not Status.RUNNING


def actions(experiment: Subject, slots: Slots | None) -> list[tuple[Edge, Refusal | None]]:
    """What the page offers for an experiment, each with why it would be refused now."""
    return [
        (edge, decision if isinstance(decision, Refusal) else None)
        for edge in EDGES
        if edge.origin is experiment.status and edge.label
        for decision in [decide(experiment, edge.target, edge.page_contract, slots)]
    ]


def edge_of(action: Action) -> Edge:
    """The edge that is called `action`."""
    return next(edge for edge in EDGES if edge.action is action)


@dataclass(frozen=True)
class Outcome:
    """What came of an action: it is done, or it is refused, or nothing stands in its way now.

    `undo` is the edge that takes a done action back, where the rules allow it now.
    """

    done: bool
    refusal: Refusal | None
    undo: Edge | None


def outcome(experiment: Subject, action: Action, slots: Slots | None) -> Outcome:
    """What the present state of `experiment` says about an action that was asked for."""
    edge = edge_of(action)
    if experiment.status is edge.target:
        back = _edge(edge.target, edge.origin)
        allowed = back and decide(experiment, back.target, back.page_contract, slots) is back
        return Outcome(done=True, refusal=None, undo=back if allowed else None)
    decision = decide(experiment, edge.target, edge.page_contract, slots)
    refusal = decision if isinstance(decision, Refusal) else None
    return Outcome(done=False, refusal=refusal, undo=None)


def transition(
    project_id: int, test_id: int, target: Status, contract: Contract, actor: Actor
) -> Status:
    """Bring an experiment to `target` in one unit of work, and return its status then.

    Raises NotFound when the project has no such experiment that the contract knows, and Refused
    when the rules say no; nothing has changed then.
    """
    with writing() as session:
        return transition_within(session, project_id, test_id, target, contract, actor)


def transition_within(
    session: Session,
    project_id: int,
    test_id: int,
    target: Status,
    contract: Contract,
    actor: Actor,
) -> Status:
    """`transition` as a part of a larger unit of work that `writing` began."""
    ledger.lock_project(session, project_id)
    experiment = ledger.read(session, project_id, test_id)
    if experiment is None or not visible(experiment.status, contract):
        raise NotFound("Experiment not found.")
    starts = takes_a_slot(experiment.status, target)
    slots = plan_slots.read(session, project_id) if starts else None
    decision = decide(experiment, target, contract, slots)
    if isinstance(decision, Refusal):
        raise Refused(decision)
    if isinstance(decision, Edge):
        moments = _timestamps(experiment, target)
        ledger.record(session, experiment, target, moments, actor)
        if starts:
            afresh = experiment.status is Status.DRAFT
            runs.enter(session, test_id, moments.changed_at, afresh=afresh)
    return target


def require_open_design(experiment: Subject) -> None:
    """Raise Refused unless the design of `experiment` may change: it may in draft alone.

    A split that changes under its visitors can be trusted no more.
    """
    if experiment.status is not Status.DRAFT:
        sentence, ways_out = _DESIGN_REFUSALS[experiment.status]
        sentence = f"Variants, traffic and goals change only in draft. {sentence}"
        raise Refused(Refusal(RefusalCode.NOT_A_DRAFT, sentence, ways_out, (Status.DRAFT,)))


def _edge(origin: Status, target: Status) -> Edge | None:
    return next((edge for edge in EDGES if (edge.origin, edge.target) == (origin, target)), None)


def _illegal(experiment: Subject, target: Status, contract: Contract) -> Refusal:
    allowed_from = tuple(
        edge.origin for edge in EDGES if edge.target is target and contract in edge.contracts
    )
    match (experiment.status, target):
        case (Status.ARCHIVED, Status.RUNNING):
            code, ways_out = RefusalCode.ARCHIVED_RESTART, (WayOut.CLONE,)
            sentence = "An archived experiment is never started again; clone it instead."
        case (Status.ARCHIVED, _):
            code = RefusalCode.NOT_RUNNING if target is Status.STOPPED else _INVALID
            ways_out = (WayOut.CLONE,)
            sentence = "An archived experiment stays archived; clone it to go on."
        case (Status.RUNNING, Status.ARCHIVED):
            code, ways_out = RefusalCode.RUNNING_ARCHIVE, (WayOut.PAUSE_FIRST,)
            sentence = "A running experiment is not archived; stop it first."
        case (Status.RUNNING, Status.DRAFT):
            code, ways_out = _INVALID, (WayOut.PAUSE_FIRST,)
            sentence = "A running experiment does not go back to draft; stop it first."
        case (present, _) if present is target:
            code = RefusalCode.NOT_RUNNING if target is Status.STOPPED else _INVALID
            ways_out, sentence = (), f"It is {target} already."
        case (_, Status.STOPPED):
            code, ways_out = RefusalCode.NOT_RUNNING, ()
            sentence = f"Only a running experiment is stopped; this one is {experiment.status}."
        case _:
            code, ways_out = _INVALID, ()
            sentence = f"An experiment does not go from {experiment.status} to {target} here."
    return Refusal(code, sentence, ways_out, allowed_from)


def _slot_refusal(slots: Slots | None) -> Refusal | None:
    if slots is None:
        return Refusal(
            RefusalCode.PLAN_UNREADABLE,
            "The plan or its usage cannot be read just now, so nothing is started.",
            (WayOut.TRY_LATER,),
        )
    if not slots.full:
        return None
    return Refusal(
        RefusalCode.PLAN_LIMIT,
        f"The {slots.plan_name} plan runs {_counted(slots.limit or 0)} at once in this project, "
        f"and {slots.running} {'is' if slots.running == 1 else 'are'} running.",
        (*((WayOut.PAUSE_A_HOLDER,) if slots.holders else ()), WayOut.RAISE_THE_LIMIT),
        slots=slots,
    )


def _counted(experiments: int) -> str:
    return "1 experiment" if experiments == 1 else f"{experiments} experiments"


def _timestamps(experiment: Subject, target: Status) -> Timestamps:
    """A resume keeps when it first started, back to draft forgets it."""
    moment = now()
    started = {Status.RUNNING: experiment.started_at or moment, Status.DRAFT: None}
    return Timestamps(
        changed_at=moment,
        started_at=started.get(target, experiment.started_at),
        stopped_at=moment if target is Status.STOPPED else None,
    )


_INVALID = RefusalCode.INVALID_TRANSITION
_DESIGN_REFUSALS = {
    Status.RUNNING: (
        "This one is running: pause it and put it back to draft, or clone it.",
        (WayOut.PAUSE_FIRST, WayOut.CLONE),
    ),
    Status.STOPPED: (
        "This one is stopped: put it back to draft, or clone it.",
        (WayOut.BACK_TO_DRAFT, WayOut.CLONE),
    ),
    Status.ARCHIVED: ("This one is archived: clone it.", (WayOut.CLONE,)),
}
