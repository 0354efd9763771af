"""What an action would bring, said before it is pressed: visitors, data, slots, the way back."""

from app.lifecycle.rules import EDGES, Action, takes_a_slot
from app.lifecycle.slots import Slots
from app.models import Status

_BRINGS = {
    Action.START: "Visitors are split from now on, and what they do is counted. "
    "Way back: Pause, at any moment.",
    Action.PAUSE: "Everybody sees the original again. Nothing more is counted; what was is kept. "
    "Way back: Resume, while there is a slot.",
    Action.RESUME: "Visitors are split again, each as before, and counting goes on. "
    "Way back: Pause, at any moment.",
    Action.REDRAFT: "Visitors go on seeing the original. Its data is kept, and a start from draft "
    "begins a new run. Way back: Undo, or Start.",
    Action.ARCHIVE: "Visitors go on seeing the original, its data is kept. There is no way back; "
    "a clone begins anew.",
    Action.DISCARD: "Nobody ever sees it. There is no way back; a clone begins anew.",
}


def hints(slots: Slots | None, queued: int) -> dict[str, str]:
    """For each action that the page has a button for, what it brings; `queued` wait for a slot."""
    return {
        edge.action: f"{_BRINGS[edge.action]} {_slots(edge.origin, edge.target, slots, queued)}"
        for edge in EDGES
        if edge.label
    }


def _slots(origin: Status, target: Status, slots: Slots | None, queued: int) -> str:
    if slots is None or slots.limit is None:
        return ""
    if takes_a_slot(origin, target):
        if slots.full:
            return f"{_live(slots, 0)}: there is no slot. Press it to see what you can do."
        return f"{_live(slots, 0)}, then {_live(slots, 1)}."
    if origin is not Status.RUNNING:
        return "It holds no slot, before or after."
    if queued and not slots.over:
        return f"{_live(slots, 0)}: its slot goes to the next in the queue."
    return f"{_live(slots, 0)}, then {_live(slots, -1)}."


def _live(slots: Slots, more: int) -> str:
    return f"{slots.running + more} of {slots.limit} live"
