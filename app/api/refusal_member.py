"""What a JSON error says of a refusal besides its contract's own members."""

from app.api.moments import written
from app.lifecycle.refusals import Refusal
from app.lifecycle.slots import Holder, Slots


def beside(refusal: Refusal) -> dict[str, object]:
    """One more member, `refusal`: the code, the ways out, and the slots where those were taken."""
    slots = _slots(refusal.slots) if refusal.slots else {}
    return {"refusal": {"code": refusal.code, "ways_out": list(refusal.ways_out)} | slots}


def _slots(slots: Slots) -> dict[str, object]:
    return {
        "plan": slots.plan_name,
        "limit": slots.limit,
        "running": slots.running,
        "holders": [_holder(holder) for holder in slots.holders],
        "holders_not_named": slots.running - len(slots.holders),
    }


def _holder(holder: Holder) -> dict[str, object]:
    return {
        "id": holder.public_id,
        "test_id": holder.test_id,
        "name": holder.name,
        "running_since": written(holder.changed_at),
    }
