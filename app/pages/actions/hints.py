"""Hints before a press: an action's effect on visitors, data, slots, and the way back."""

from app.lifecycle import EDGES, Edge, Slots
from app.pages.actions.words import WORDS


def hints(slots: Slots | None, queued: int, *, is_held: bool) -> dict[str, str]:
    """Return for each action that the page has a button for, what it brings.

    `queued` wait for a slot; none of them gets one while the queue `is_held`.
    """
    next_in_line = 0 if is_held else queued
    return {
        edge.action: f"{WORDS[edge.action].brings} {_slots(edge, slots, next_in_line)}"
        for edge in EDGES
        if WORDS[edge.action].label
    }


def _slots(edge: Edge, slots: Slots | None, queued: int) -> str:
    if slots is None or slots.limit is None:
        return ""
    if edge.takes_slot:
        if slots.full:
            return f"{_live(slots, 0)}: there is no slot. Press it to see what you can do."
        return f"{_live(slots, 0)}, then {_live(slots, 1)}."
    if not edge.frees_slot:
        return "It holds no slot, before or after."
    if queued and not slots.over:
        return f"{_live(slots, 0)}: its slot goes to the next in the queue."
    return f"{_live(slots, 0)}, then {_live(slots, -1)}."


def _live(slots: Slots, more: int) -> str:
    return f"{slots.running + more} of {slots.limit} live"
