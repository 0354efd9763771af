"""Log lines for what happens to every request at once: one a second of each kind, not thousands."""

import logging
import time
from collections.abc import Callable
from threading import Lock

SECONDS_BETWEEN = 1.0

_log = logging.getLogger(__name__)


class RareLog:
    """A log of one line a second of each kind. `clock` gives the moment in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._told: dict[str, tuple[float, int]] = {}

    def tell(self, kind: str, message: str, *values: object) -> None:
        """Log a warning, unless one of its kind was within the second; say how many were not."""
        moment = self._clock()
        with self._lock:
            told_at, untold = self._told.get(kind, (moment - SECONDS_BETWEEN, 0))
            is_due = moment - told_at >= SECONDS_BETWEEN
            self._told[kind] = (moment, 0) if is_due else (told_at, untold + 1)
        if is_due and untold:
            _log.warning(message + " (and %d more like it before)", *values, untold)
        elif is_due:
            _log.warning(message, *values)


log_rarely = RareLog().tell


def first_line(error: Exception) -> str:
    """Return what an error says, without the statement and the advice in its further lines."""
    return str(error).partition("\n")[0]
