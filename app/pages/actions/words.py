"""Everything that the pages say of an action: one record each, and how its button is drawn."""

from dataclasses import dataclass
from enum import StrEnum

from app.lifecycle import EDGES, Action
from app.models import DecisionKept, History, Status


class Endpoint(StrEnum):
    """The JSON endpoint that a button hits: a contract's for statuses, or that of actions."""

    V2 = "v2"
    ADMIN = "admin"
    ACTION = "action"


@dataclass(frozen=True)
class ActionWords:
    """The words of an action.

    `label` is its button's, "" where no row has one. After an experiment's name stand `done`, with
    the {variant} that it may be about, and `not_done`. `brings` says beforehand what it would
    bring, `way_back` afterwards how it is taken back where no Undo does. What is final asks first,
    and says its `consequence`; `asks_conclusion` where it asks how the experiment ended,
    `asks_reason` where it asks why afterwards.
    """

    label: str
    done: str
    not_done: str
    brings: str
    endpoint: Endpoint
    style: str = "quiet"
    way_back: str = ""
    consequence: str = ""
    asks_conclusion: bool = False
    asks_reason: bool = False


WORDS = {
    Action.START: ActionWords(
        "Start",
        "is live: visitors are being split.",
        "is not started",
        "Visitors are split from now on, and what they do is counted. "
        "Way back: Pause, at any moment.",
        Endpoint.V2,
        style="filled",
        way_back="Way back: Pause, at any moment.",
    ),
    Action.PAUSE: ActionWords(
        "Pause",
        "is paused: everybody sees the original, its data is kept.",
        "is not paused",
        "Everybody sees the original again. Nothing more is counted; what was is kept. "
        "Way back: Resume, while there is a slot.",
        Endpoint.V2,
        style="plain",
        asks_reason=True,
    ),
    Action.RESUME: ActionWords(
        "Resume",
        "is live again: visitors are being split.",
        "is not resumed",
        "Visitors are split again, each as before, and counting goes on. "
        "Way back: Pause, at any moment.",
        Endpoint.V2,
        style="plain",
    ),
    Action.REDRAFT: ActionWords(
        "Back to draft",
        "is back in draft: nobody sees it.",
        "is not moved back to draft",
        "Everybody sees the original. Its data is kept, and a start from draft "
        "begins a new run. Way back: Undo, or Start.",
        Endpoint.V2,
    ),
    Action.UNREDRAFT: ActionWords(
        "",
        "is paused again.",
        "is not moved back to paused",
        "",
        Endpoint.ACTION,
    ),
    Action.ARCHIVE: ActionWords(
        "Archive",
        "is archived: its data is kept.",
        "is not archived",
        "Everybody sees the original, its data is kept. There is no way back; a clone begins anew.",
        Endpoint.ADMIN,
        consequence="It stays paused for good and leaves your way; its data is kept. "
        "An archived experiment is never started again: to go on, clone it.",
        asks_conclusion=True,
    ),
    Action.DISCARD: ActionWords(
        "Discard",
        "is discarded: it is under Archived now.",
        "is not discarded",
        "Nobody ever sees it. There is no way back; a clone begins anew.",
        Endpoint.ADMIN,
        consequence="Nobody sees it now, and nobody will: a discarded experiment is archived and "
        "never started again. To use it after all, clone it.",
        asks_reason=True,
    ),
    Action.SHIP: ActionWords(
        "",
        "is shipped: everybody sees “{variant}”, and nothing is counted.",
        "is not shipped",
        "",
        Endpoint.ACTION,
    ),
    Action.CONCLUDE: ActionWords(
        "",
        "is decided: everybody sees the original, its data is kept.",
        "is not decided",
        "",
        Endpoint.ACTION,
    ),
    Action.STOP_SERVING: ActionWords(
        "Stop serving",
        "is served no more: everybody sees the original.",
        "is served as before",
        "Everybody sees the original again. What was decided stays noted. Way back: Undo.",
        Endpoint.ACTION,
        style="plain",
        asks_reason=True,
    ),
    Action.REOPEN: ActionWords(
        "",
        "is undecided again: everybody sees the original.",
        "stays decided",
        "",
        Endpoint.ACTION,
    ),
}


DECIDED = {
    Action.SHIP: "It was shipped to everybody",
    Action.CONCLUDE: "It was decided",
    Action.STOP_SERVING: "It was served no more",
    Action.REOPEN: "What was decided of it was taken back",
}


_DECIDED_OF = {
    Action.SHIP: "Shipped “{variant}” to everybody",
    Action.CONCLUDE: "Decided",
    Action.STOP_SERVING: "“{variant}” served to everybody no more",
    Action.REOPEN: "Decision taken back",
}
_TO_DECIDE = {
    Action.SHIP: "Ship",
    Action.CONCLUDE: "Decision",
    Action.STOP_SERVING: "Stop serving",
    Action.REOPEN: "Taking the decision back",
}
_PRESSED = {
    (edge.origin, edge.target): WORDS[edge.action].label for edge in EDGES if not edge.decides
}
_ASKED_FOR = {
    Status.RUNNING: "Start",
    Status.STOPPED: "Pause",
    Status.DRAFT: "Back to draft",
    Status.ARCHIVED: "Archive",
}


def decided(decision: DecisionKept) -> str:
    """Return what was decided, or what a change of status has ended."""
    words = _DECIDED_OF.get(Action(decision["action"]))
    if words is None:
        was_shipped = decision["before"]["shipped"]
        words = "“{variant}” served to everybody no more" if was_shipped else "Decided before"
    return words.format(variant=decision["name"])


def asked_for(origin: Status | None, target: Status | None, decision: DecisionKept | None) -> str:
    """Return what somebody wanted that was refused, as its button says it."""
    if decision:
        return _TO_DECIDE[Action(decision["action"])]
    if origin is None or target is None:
        return "Change"
    return _PRESSED.get((origin, target)) or _ASKED_FOR[target]


def paused_by_undo(swap: History) -> str:
    """Return that the undo of a swap pauses what was a draft before it; "" where it was none.

    The rules have no edge from live to draft.
    """
    if swap.from_status is not Status.DRAFT:
        return ""
    name = swap.experiment.name
    return f"Undo pauses “{name}”, which was a draft: from there it can go back to draft."
