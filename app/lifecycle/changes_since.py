"""Changes that somebody had not seen when they asked for another: as facts, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.models import DecisionKept, Door, FieldChange, Kind, Status


@dataclass(frozen=True)
class ChangeSince:
    """A change that somebody had not seen, as history keeps it, by its `entry_id` there."""

    entry_id: int
    at: datetime
    kind: Kind
    from_status: Status
    to_status: Status | None
    detail: str
    changes: list[FieldChange] | None
    door: Door
    person: str | None
    api_key: str | None
    decision: DecisionKept | None = None


def in_words(since: Sequence[ChangeSince]) -> str:
    """Return the newest of some changes in words, with who made it; "" for none."""
    if not since:
        return ""
    newest, *others = since
    what = _decided(newest) or _rise_planned(newest) or _usual(newest)
    by = newest.person or newest.api_key or _NOBODY.get(newest.door, "the command line")
    more = f", and {len(others)} more before that" if others else ""
    return f"{what} by {by} at {minute(newest.at)}{more}"


def _usual(change: ChangeSince) -> str:
    return _WHAT.get(change.kind, str(change.kind)).format(change=change)


def _decided(change: ChangeSince) -> str:
    """Return what was decided without a change of status; "" where nothing was."""
    is_plain = change.decision is None or change.kind is Kind.CHANGED
    return "" if is_plain else change.detail.rstrip(".")


def _rise_planned(change: ChangeSince) -> str:
    """Return what was done to a plan for a rise of traffic, which has no status to lead to."""
    return "" if change.to_status else _RISES.get(change.kind, "")


def minute(moment: datetime) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_WHAT = {
    Kind.CHANGED: "from {change.from_status} to {change.to_status}",
    Kind.EDITED: "{change.detail} edited",
    Kind.SCHEDULED: "a change to {change.to_status} scheduled",
    Kind.UNSCHEDULED: "a change to {change.to_status} taken off the schedule",
    Kind.UNQUEUED: "taken out of the queue",
}
_RISES = {
    Kind.SCHEDULED: "a rise of traffic scheduled",
    Kind.UNSCHEDULED: "a rise of traffic taken off the schedule",
}
_NOBODY = {Door.QUEUE: "the queue", Door.SCHEDULE: "the schedule"}
