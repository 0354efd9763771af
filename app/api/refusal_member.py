"""The `refusal` member of a JSON error, beside its contract's own members."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.api.moments import Written, written
from app.core import current_request
from app.database.rows.plan_limits import Override
from app.lifecycle import ChangeSince, Holder, Refusal, RefusalCode, Slots, WayOut
from app.models import Door, FieldChange, Kind, Status
from app.web.header_names import EXPERIMENT_STATUS, REFUSAL_REASON

CODES = (*RefusalCode, *(f"ALREADY_{status.upper()}" for status in Status))


class SlotHolder(TypedDict):
    """A running experiment, which holds a slot of the plan."""

    id: str
    """Its `exp_` id."""
    test_id: int
    """Its number."""
    name: str
    """Its name."""
    running_since: Written
    """Since when."""


class LimitUntil(TypedDict, total=False):
    """Until when the limit is not the plan's, where an admin has given the project another."""

    limit_until: Written
    """Until when that is the limit; only where an admin has given the project another."""
    limit_after: int | None
    """The plan's limit, which is the project's then; null without one."""


class SlotsInTheWay(LimitUntil, total=False):
    """The slots of the plan, where they are in the way."""

    plan: str
    """The plan's name."""
    limit: int | None
    """How many may run at once; null without a limit."""
    running: int
    """How many are running."""
    holders: list[SlotHolder]
    """Those that are running."""
    holders_not_named: int
    """How many more are running than `holders` names."""


_FromTo = TypedDict(
    "_FromTo",
    {
        "from": Annotated[Status, Field(description="What it was.")],
        "to": Annotated[Status | None, Field(description="What it became; null of other changes.")],
    },
)


class UnseenChange(_FromTo):
    """A change that the asker had not seen, as the history has it."""

    id: str
    """The id of the entry."""
    at: Written
    """When it happened."""
    kind: Kind
    """What happened."""
    door: Door
    """By which way somebody came."""
    person: str | None
    """The e-mail of who did it; null where no person did."""
    api_key: str | None
    """The name of the key that did it; null where none did."""
    detail: str
    """What else there is to say, in a sentence."""
    changes: list[FieldChange] | None
    """What was changed from what to what; null where nothing of that kind was."""


class RefusalMember(SlotsInTheWay):
    """What else there is to say of a refusal; the slots of the plan where they are in the way."""

    code: Annotated[str, Field(json_schema_extra={"enum": list(CODES)})]
    """What is in the way; of what is so already, ALREADY_ and what it is."""
    ways_out: list[WayOut]
    """What can be done instead."""
    changes: NotRequired[list[UnseenChange]]
    """What has changed since the asker looked, the newest first."""


class Refusing(TypedDict):
    """One more member of what is refused."""

    refusal: RefusalMember


def beside(refusal: Refusal) -> Refusing:
    """Return one more member, `refusal`: the code, the ways out, and the slots where taken.

    In `changes` stands what has changed since the asker looked, the newest first.
    """
    sender, _ = current_request.caller() or ("", None)
    ways_out = refusal.ways_out_for(is_person=sender != "key")
    told: RefusalMember = {"code": refusal.told_code, "ways_out": [*ways_out]}
    if refusal.slots:
        told = {**told, **_slots(refusal.slots)}
    if refusal.since:
        told["changes"] = [_since(each) for each in refusal.since]
    return {"refusal": told}


def headers(refusal: Refusal) -> dict[str, str]:
    """Return what pages word a refusal by: its reason, and what the experiment was, if known."""
    status = {EXPERIMENT_STATUS: refusal.status.value} if refusal.status else {}
    return {REFUSAL_REASON: refusal.reason.value} | status


def _since(change: ChangeSince) -> UnseenChange:
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


def _slots(slots: Slots) -> SlotsInTheWay:
    return {
        "plan": slots.plan_name,
        "limit": slots.limit,
        **_override(slots.override),
        "running": slots.running,
        "holders": [_holder(holder) for holder in slots.holders],
        "holders_not_named": slots.running - len(slots.holders),
    }


def _override(override: Override | None) -> LimitUntil:
    if override is None:
        return {}
    return {"limit_until": written(override.until), "limit_after": override.after}


def _holder(holder: Holder) -> SlotHolder:
    return {
        "id": holder.public_id,
        "test_id": holder.test_id,
        "name": holder.name,
        "running_since": written(holder.since),
    }
