"""The rule book: which action leads from which status to which, and the plan's limit.

`decide` answers every door, button, job and command; `apply` carries out what it allows. The rules
know no door: each contract says by an `Offer` which action it means by the status it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.lifecycle import illegal_steps, refusals
from app.lifecycle.ends.endings import UNDECIDED
from app.lifecycle.preconditions import Precondition
from app.lifecycle.refusals import Refusal, Refused
from app.lifecycle.slots import Slots
from app.lifecycle.subjects import Subject
from app.models import Conclusion, Scope, Status


class Action(StrEnum):
    """The name of an edge, or of two that do the same from another status each."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    REDRAFT = "redraft"
    ARCHIVE = "archive"
    DISCARD = "discard"
    UNREDRAFT = "unredraft"
    SHIP = "ship"
    CONCLUDE = "conclude"
    STOP_SERVING = "stop-serving"
    REOPEN = "reopen"


@dataclass(frozen=True)
class Edge:
    """A legal change, and what it does besides.

    `takes_slot` where the plan limits it, `frees_slot` where the queue may go on after it,
    `splits_afresh` where visitors are split anew, in a run of their own, and `ends_run` where the
    stop that was set for the run has nothing to stop any more. One that `decides` says how the
    experiment ended, or takes that back: no door means it by a status that is asked for.
    `keeps_plans` where what is queued or scheduled stays so.
    """

    action: Action
    origin: Status
    target: Status
    takes_slot: bool = False
    frees_slot: bool = False
    splits_afresh: bool = False
    ends_run: bool = False
    decides: bool = False
    keeps_plans: bool = False


EDGES = (
    Edge(Action.START, Status.DRAFT, Status.RUNNING, takes_slot=True, splits_afresh=True),
    Edge(Action.PAUSE, Status.RUNNING, Status.STOPPED, frees_slot=True),
    Edge(Action.RESUME, Status.STOPPED, Status.RUNNING, takes_slot=True),
    Edge(Action.REDRAFT, Status.STOPPED, Status.DRAFT, ends_run=True),
    Edge(Action.ARCHIVE, Status.STOPPED, Status.ARCHIVED, ends_run=True),
    Edge(Action.DISCARD, Status.DRAFT, Status.ARCHIVED, ends_run=True),
    Edge(Action.UNREDRAFT, Status.DRAFT, Status.STOPPED),
    Edge(Action.SHIP, Status.RUNNING, Status.STOPPED, frees_slot=True, decides=True),
    Edge(Action.SHIP, Status.STOPPED, Status.STOPPED, decides=True),
    Edge(Action.CONCLUDE, Status.RUNNING, Status.STOPPED, frees_slot=True, decides=True),
    Edge(Action.CONCLUDE, Status.STOPPED, Status.STOPPED, decides=True),
    Edge(Action.STOP_SERVING, Status.STOPPED, Status.STOPPED, decides=True, keeps_plans=True),
    Edge(Action.REOPEN, Status.STOPPED, Status.STOPPED, decides=True, keeps_plans=True),
)


@dataclass(frozen=True)
class Offer:
    """A door's meaning of a status asked for: the action to take, by the present status.

    A `is_repeatable` one is a success, and changes nothing, where the status is as asked for; but
    by one that `ends_serving` what is shipped is served no more. Experiments whose status is
    `hidden` do not exist for that door.
    """

    target: Status
    actions: Mapping[Status, Action]
    is_repeatable: bool = False
    ends_serving: bool = False
    hidden: frozenset[Status] = frozenset()


@dataclass(frozen=True)
class ChangeRequest:
    """A status that somebody asks for.

    `reason` is why, `conclusion` how the experiment ended, for history. `expected` is
    what the asker saw of the experiment: if it is another now, the answer is no.
    """

    offer: Offer
    reason: str = ""
    conclusion: Conclusion | None = None
    expected: Precondition | None = None


@dataclass(frozen=True)
class Unchanged:
    """The experiment is in that status already, and the door calls this success."""


Decision = Edge | Refusal


def decide(experiment: Subject, action: Action, slots: Slots | None) -> Decision:
    """Decide whether `experiment` may take `action`: return the edge to take, or a refusal.

    Pure. `slots` are the project's as they are now, None when they cannot be read; they matter
    only for an edge that takes one.
    """
    edge = _BY_ORIGIN.get((action, experiment.status))
    if edge is None:
        return _no_such_edge(experiment, action)
    if not _has_something_to_do(edge, experiment):
        return illegal_steps.nothing_decided(experiment, _FROM[action])
    return (_slot_refusal(slots) or edge) if edge.takes_slot else edge


def decide_request(experiment: Subject, offer: Offer, slots: Slots | None) -> Decision | Unchanged:
    """Decide what a door asks for: by the action that it means, nothing to do, or a refusal."""
    if experiment.status is offer.target and offer.is_repeatable:
        ends_serving = offer.ends_serving and experiment.ending.is_shipped
        return decide(experiment, Action.STOP_SERVING, slots) if ends_serving else Unchanged()
    return _decide_among(experiment, offer.target, offer.actions, slots)


def decide_start(experiment: Subject, slots: Slots | None) -> Decision:
    """Decide whether an experiment may run, by whichever action leads there from its status."""
    return _decide_among(experiment, Status.RUNNING, actions_to(Status.RUNNING), slots)


def takes_slot(experiment: Subject, offer: Offer) -> bool:
    """Return whether what a door asks for is a change that the plan limits."""
    action = offer.actions.get(experiment.status)
    return action is not None and edge_of(action).takes_slot


def actions(experiment: Subject, slots: Slots | None) -> list[tuple[Edge, Refusal | None]]:
    """Return the edges that leave the experiment's status, each with why it is refused now.

    But for those that would take back what nobody has decided.
    """
    return [
        (edge, decision if isinstance(decision, Refusal) else None)
        for edge in EDGES
        if edge.origin is experiment.status and _has_something_to_do(edge, experiment)
        for decision in [decide(experiment, edge.action, slots)]
    ]


def actions_to(target: Status) -> dict[Status, Action]:
    """Return the actions by which doors mean a status, by the status from which they lead there."""
    return {
        edge.origin: edge.action for edge in EDGES if edge.target is target and not edge.decides
    }


def scope_of(target: Status) -> Scope:
    """Return the scope that it takes of a key to bring an experiment to a status.

    Or to leave it there: told to stand still, what waits for a slot leaves the queue.
    """
    return _SCOPES.get(target, Scope.WRITE)


def scopes_to(experiment: Subject, target: Status) -> tuple[Scope, ...]:
    """Return the scopes that it takes of a key to bring `experiment` to a status.

    Where it is shipped, visitors see its variant no more by that: it takes that to pause as well.
    """
    usual = scope_of(target)
    is_unserved = experiment.ending.is_shipped and usual is Scope.WRITE
    return (usual, Scope.PAUSE) if is_unserved else (usual,)


def scopes_of(edge: Edge, experiment: Subject) -> tuple[Scope, ...]:
    """Return the scopes that it takes of a key to take an edge.

    Shipping has visitors see a variant, and pauses: like a swap it takes both. To note a decision
    or to take it back takes the scope to write as well; to stop serving takes that to pause alone,
    which an emergency key has.
    """
    return _DECIDING.get(edge.action) or scopes_to(experiment, edge.target)


def edge_of(action: Action) -> Edge:
    """Return the edge that is called `action`: of two the one from running."""
    return next(edge for edge in EDGES if edge.action is action)


def offer_of(action: Action) -> Offer:
    """Return the offer of a door that takes an action by its name."""
    return Offer(edge_of(action).target, dict.fromkeys(_FROM[action], action))


def way_back(origin: Status, target: Status) -> Edge | None:
    """Return the edge that takes a change from `origin` to `target` back, where there is one."""
    back = (target, origin)
    plain = (edge for edge in EDGES if not edge.decides)
    return next((edge for edge in plain if (edge.origin, edge.target) == back), None)


def require_schedulable(experiment: Subject, target: Status) -> None:
    """Raise Refused where `experiment` will not go to `target` at any moment to come.

    A stop may be set for what does not run yet.
    """
    if experiment.status is Status.ARCHIVED or experiment.status is target is Status.RUNNING:
        raise Refused(illegal_steps.not_schedulable(experiment))


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


def require_run(
    experiment: Subject, outcome: Conclusion | None, variant: str | None = None
) -> None:
    """Raise Refused for an outcome that no run has shown: that it did not finish needs none.

    That of a variant is shown by the present design alone.
    """
    has_run = experiment.has_run if variant is None else experiment.run_opened_at is not None
    if outcome not in (None, Conclusion.UNFINISHED) and not has_run:
        raise Refused(refusals.never_ran(experiment, outcome))


_SCOPES = {Status.RUNNING: Scope.START, Status.STOPPED: Scope.PAUSE}
_DECIDING = {
    Action.SHIP: (Scope.START, Scope.PAUSE),
    Action.CONCLUDE: (Scope.PAUSE, Scope.WRITE),
    Action.STOP_SERVING: (Scope.PAUSE,),
    Action.REOPEN: (Scope.PAUSE, Scope.WRITE),
}
_BY_ORIGIN = {(edge.action, edge.origin): edge for edge in EDGES}
_FROM = {action: tuple(edge.origin for edge in EDGES if edge.action is action) for action in Action}

TO_STOPPED = Offer(Status.STOPPED, {Status.RUNNING: Action.PAUSE})
"""Pausing what runs, and nothing else."""


def _decide_among(
    experiment: Subject, target: Status, offered: Mapping[Status, Action], slots: Slots | None
) -> Decision:
    action = offered.get(experiment.status)
    if action is None:
        return illegal_steps.refused(experiment, target, tuple(offered))
    return decide(experiment, action, slots)


def _no_such_edge(experiment: Subject, action: Action) -> Refusal:
    edge = edge_of(action)
    if edge.decides:
        return illegal_steps.not_to_be_decided(experiment, _FROM[action])
    return illegal_steps.refused(experiment, edge.target, tuple(actions_to(edge.target)))


def _has_something_to_do(edge: Edge, experiment: Subject) -> bool:
    """Return whether there is what an edge takes back, if it takes anything back."""
    match edge.action:
        case Action.STOP_SERVING:
            return experiment.ending.is_shipped
        case Action.REOPEN:
            return experiment.ending != UNDECIDED
        case _:
            return True


def _slot_refusal(slots: Slots | None) -> Refusal | None:
    if slots is None:
        return refusals.PLAN_UNREADABLE
    return refusals.at_the_limit(slots) if slots.full else None
