"""The `refusal` member of a JSON error, beside its contract's own members."""

from app.api.moments import written
from app.core import current_request
from app.lifecycle import ChangeSince, Holder, Refusal, Slots, WayOut


def beside(refusal: Refusal) -> dict[str, object]:
    """Return one more member, `refusal`: the code, the ways out, and the slots where taken.

    In `changes` stands what has changed since the asker looked, the newest first.

    Only a person asks an admin: a key is not told to.
    """
    sender, _ = current_request.caller() or ("", None)
    without = {WayOut.ASK_AN_ADMIN} if sender == "key" else set[WayOut]()
    ways_out = [way for way in refusal.ways_out if way not in without]
    slots = _slots(refusal.slots) if refusal.slots else {}
    since = {"changes": [_since(each) for each in refusal.since]} if refusal.since else {}
    return {"refusal": {"code": refusal.told_code, "ways_out": ways_out} | slots | since}


def headers(refusal: Refusal) -> dict[str, str]:
    """Return what pages word a refusal by: its reason, and what the experiment was, if known."""
    status = {"Experiment-Status": refusal.status.value} if refusal.status else {}
    return {"Refusal-Reason": refusal.reason.value} | status


def _since(change: ChangeSince) -> dict[str, object]:
    return {
        "id": str(change.entry_id),
        "at": written(change.at),
        "kind": change.kind,
        "from": change.from_status,
        "to": change.to_status,
        "door": change.door,
        "person": change.person,
        "api_key": change.api_key,
        "detail": change.detail,
        "changes": change.changes,
    }


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
        "running_since": written(holder.since),
    }
