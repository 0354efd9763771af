"""Events: what a site says that its visitors saw and did, and what becomes of that."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Exposed:
    """A unit has seen its variant of an experiment, named by its key; at `time`, or just now."""

    experiment: str
    unit: str
    time: datetime | None = None


@dataclass(frozen=True)
class Converted:
    """A unit has reached a goal, named by its key; `value` is what that was worth.

    It was at `time`, or just now. Two events of a unit with one `id` are the same.
    """

    goal: str
    unit: str
    value: float | None = None
    time: datetime | None = None
    id: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """The reason why something that was sent is no event."""

    why: str


Event = Exposed | Converted | Unreadable


class Reason(StrEnum):
    """Why an event is dropped; stable, for programs."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    NOT_RUNNING = "not_running"
    OUTSIDE_TRAFFIC = "outside_traffic"
    NOT_EXPOSED = "not_exposed"
    OUTSIDE_WINDOW = "outside_window"
    TOO_OLD = "too_old"
    IN_FUTURE = "in_future"
    BOT = "bot"
    OWN_VISIT = "own_visit"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class Dropped:
    """An event that is not counted: its index in what was sent, and why."""

    index: int
    reason: Reason
    detail: str


@dataclass(frozen=True)
class Receipt:
    """The receipt for events. One that was there already is accepted, and counted once.

    `repeated` are the indexes of those conversions among the accepted that changed nothing for
    that. Those that are `kept` are recorded later, when the database can be written again, and
    those that are `taken` when a reader of the event stream comes to them.
    """

    accepted: int
    dropped: tuple[Dropped, ...]
    kept: int = 0
    repeated: tuple[int, ...] = ()
    taken: int = 0
