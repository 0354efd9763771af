"""Log lines for what happens again and again: some of them, not thousands.

One a second of each kind for what happens to every request at once, and one a minute for work that
fails each time that it is tried.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

SECONDS_BETWEEN = 1.0
SECONDS_BETWEEN_FAILURES = 60.0

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


@dataclass
class _Failure:
    kind: type[Exception]
    told_at: float
    last_at: float


class Failures:
    """Work that fails: told with its traceback at first, and in a line a minute as long as it does.

    `clock` gives the moment in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failing: dict[str, _Failure] = {}

    def tell(self, what: str, error: Exception) -> None:
        """Log that some work has failed, where that is new or was told a minute ago."""
        moment = self._clock()
        known = self._failing.get(what)
        if known is None or known.kind is not type(error) or _is_long_ago(known.last_at, moment):
            _log.error("%s: not done, to be tried again", what, exc_info=error)
            self._failing[what] = _Failure(type(error), moment, moment)
            return
        known.last_at = moment
        if _is_long_ago(known.told_at, moment):
            _log.error("%s: still not done: %s", what, first_line(error))
            known.told_at = moment

    def end(self, what: str) -> None:
        """Have some work done: its next failure is a new one."""
        if self._failing.pop(what, None):
            _log.warning("%s: done again", what)


def _is_long_ago(moment: float, now: float) -> bool:
    return now - moment >= SECONDS_BETWEEN_FAILURES


def first_line(error: Exception) -> str:
    """Return what an error says, without the statement and the advice in its further lines."""
    return str(error).partition("\n")[0]
