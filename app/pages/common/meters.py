"""The slot meter: slots, not percent."""

from dataclasses import dataclass

from app.lifecycle import Slots
from app.pages.common.words import limit_words

MOST_SEGMENTS = 12


@dataclass(frozen=True)
class Meter:
    """A meter to print: "2 of 2 live", one segment a slot, and a word where it needs one."""

    text: str
    note: str
    segments: tuple[str, ...]
    tone: str


def meter(slots: Slots | None) -> Meter:
    """Return the meter of a project; None is a plan that cannot be read."""
    if slots is None:
        return Meter("Slots unknown", "The plan cannot be read just now", (), "unknown")
    if slots.limit is None:
        return Meter(f"{slots.running} live", _note(slots), (), "open")
    text = f"{slots.running} of {slots.limit} live"
    tone = "over" if slots.over else "full" if slots.full else "open"
    return Meter(text, _note(slots), _segments(slots, slots.limit), tone)


def _note(slots: Slots) -> str:
    """Return whose limit it is, and until when where it is not the plan's."""
    plan = f"{slots.plan_name} plan"
    if overridden := limit_words.overridden(slots):
        return f"Over its limit, {overridden}" if slots.over else f"{plan}, {overridden}"
    if slots.over:
        return f"Over the limit of the {plan}"
    return f"{plan}, no limit" if slots.limit is None else plan


def _segments(slots: Slots, limit: int) -> tuple[str, ...]:
    """Return one word a slot; none where there are too many to see at a glance."""
    kinds = (
        ("taken",) * min(slots.running, limit)
        + ("free",) * max(limit - slots.running, 0)
        + ("over",) * max(slots.running - limit, 0)
    )
    return kinds if len(kinds) <= MOST_SEGMENTS else ()
