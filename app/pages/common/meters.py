"""The slot meter: slots, not percent."""

from dataclasses import dataclass

from app.lifecycle import Slots

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
    plan = f"{slots.plan_name} plan"
    if slots.limit is None:
        return Meter(f"{slots.running} live", f"{plan}, no limit", (), "open")
    text = f"{slots.running} of {slots.limit} live"
    if slots.over:
        return Meter(text, f"Over the limit of the {plan}", _segments(slots, slots.limit), "over")
    return Meter(text, plan, _segments(slots, slots.limit), "full" if slots.full else "open")


def _segments(slots: Slots, limit: int) -> tuple[str, ...]:
    """Return one word a slot; none where there are too many to see at a glance."""
    kinds = (
        ("taken",) * min(slots.running, limit)
        + ("free",) * max(limit - slots.running, 0)
        + ("over",) * max(slots.running - limit, 0)
    )
    return kinds if len(kinds) <= MOST_SEGMENTS else ()
