"""What somebody had planned whose access has ended, as /api/admin shows it."""

from typing_extensions import TypedDict

from app.lifecycle import PlannedChanges


class PlannedByThem(TypedDict):
    """What somebody had planned, by the names of the experiments."""

    stops: list[str]
    """What was to stop."""
    starts: list[str]
    """What was to start."""
    queued: list[str]
    """What waited in the queue."""


def shown(planned: PlannedChanges) -> PlannedByThem:
    """Return the experiments by name: what was to stop, to start, and waited in the queue."""
    return {
        "stops": list(planned.stops),
        "starts": list(planned.starts),
        "queued": list(planned.queued),
    }
