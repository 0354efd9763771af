"""Renewal: what is remembered is asked about now and then, though nobody asks for it meanwhile.

So what is served while the database is away is no older than the last moments in which it was up.
"""

from queue import Empty, SimpleQueue
from threading import Lock
from typing import Protocol
from weakref import finalize, ref

from app.core import background_threads
from app.core.database_errors import told_as_unavailable
from app.core.rare_logs import first_line, log_rarely

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
    """The thread of a process that renews what is remembered, as long as there is something."""

    def __init__(self, remembered: Renewable) -> None:
        self._remembered = ref(remembered)
        # Of all that wakes a thread, this alone may be used while objects are cleared away.
        self._ends = SimpleQueue[None]()
        finalize(remembered, self._ends.put, None)
        self._lock = Lock()
        self._is_under_way = False

    def begin(self) -> None:
        """Begin to renew, unless that is under way; for whoever has just remembered something."""
        with self._lock:
            if not self._is_under_way:
                self._is_under_way = background_threads.is_started(self._go_on)

    def _go_on(self) -> None:
        while not self._is_gone_within(SECONDS_BETWEEN):
            self._renew()
            if not self._is_wanted():
                return

    def _is_gone_within(self, seconds: float) -> bool:
        try:
            self._ends.get(timeout=seconds)
        except Empty:
            return False
        return True

    def _is_wanted(self) -> bool:
        with self._lock:
            remembered = self._remembered()
            self._is_under_way = remembered is not None and remembered.is_any()
            return self._is_under_way

    def _renew(self) -> None:
        remembered = self._remembered()
        try:
            if remembered:
                remembered.renew()
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            if not told_as_unavailable(error):
                log_rarely("renewal", "what is served cannot be renewed: %s", first_line(error))
