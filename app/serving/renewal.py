"""Renewal: what is remembered is asked about now and then, though nobody asks for it meanwhile.

So what is served while the database is away is no older than the last moments in which it was up.
"""

from queue import Empty, SimpleQueue
from typing import Protocol
from weakref import finalize, ref

from app.core.background_threads import Worker
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable

SECONDS_BETWEEN = 2.0


class Renewable(Protocol):
    """Something that remembers."""

    def is_any(self) -> bool:
        """Return whether there is anything to be renewed."""
        ...

    def renew(self) -> None:
        """Renew it. Raises what prevents that."""
        ...


class Renewal:
    """What has a process's memory renewed, as long as there is something in it."""

    def __init__(self, remembered: Renewable) -> None:
        self._remembered = ref(remembered)
        # Of all that wakes a thread, this alone may be used while objects are cleared away.
        self._ends = SimpleQueue[None]()
        finalize(remembered, self._ends.put, None)
        self._worker = Worker(self._renew_after_a_while, self._is_any)

    def begin(self) -> None:
        """Begin to renew, unless that is under way; for whoever has just remembered something."""
        self._worker.wake()

    def _renew_after_a_while(self) -> None:
        if not self._is_gone_within(SECONDS_BETWEEN):
            self._renew()

    def _is_gone_within(self, seconds: float) -> bool:
        try:
            self._ends.get(timeout=seconds)
        except Empty:
            return False
        return True

    def _is_any(self) -> bool:
        remembered = self._remembered()
        return remembered is not None and remembered.is_any()

    def _renew(self) -> None:
        remembered = self._remembered()
        try:
            if remembered:
                remembered.renew()
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            if not told_as_unavailable(error):
                log_rarely("renewal", "what is served cannot be renewed: %s", first_line(error))
