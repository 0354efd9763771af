"""How far what happens by itself is behind: schedules and queues that nobody has seen to yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.lifecycle.queueing import queue
from app.lifecycle.scheduling import due_changes


@dataclass(frozen=True)
class Lags:
    """How long ago the oldest scheduled change was due, in seconds; 0 where none is.

    And in how many projects the queue could be served, and is not yet.
    """

    schedule_seconds: float
    queues_unserved: int


def lags(moment: datetime, late_start: timedelta) -> Lags:
    """Return how far schedules and queues are behind at `moment`.

    What waits for somebody, as a late start or a held queue does, is not behind.
    """
    oldest = due_changes.oldest_due(moment, late_start)
    seconds = 0.0 if oldest is None else (moment - oldest).total_seconds()
    return Lags(seconds, len(queue.project_ids_to_serve(moment)))
