"""Reads by threads of their own, so that nobody waits long for a database that hangs.

Whoever needs something waits for it for SECONDS_PATIENT. Once the database has turned out to be
away, busy or silent, one thread goes on trying, and everybody else is told so at once, until it has
an answer.
"""

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from typing import Any, TypeVar

from app.core import background_threads
from app.core.errors import Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable

Value = TypeVar("Value")

SECONDS_PATIENT = 2.0
SECONDS_BETWEEN = 1.0


@dataclass(frozen=True, eq=False)
class Read:
    """A read under way, for all who need it meanwhile."""

    name: Hashable
    work: Callable[[], Any]
    found: "Future[Any]" = field(default_factory=Future)
    begun_at: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """Return for how long anybody is still to wait for it."""
        return max(0.0, self.begun_at + SECONDS_PATIENT - time.monotonic())


class BackgroundReads:
    """Reads, at most `most` of them on the database at once, each within a `context` of its own."""

    def __init__(self, context: Callable[[], AbstractContextManager[object]], most: int) -> None:
        self._context = context
        self._room = Semaphore(most)
        self._lock = Lock()
        self._under_way: dict[Hashable, Read] = {}
        self._overdue: Read | None = None

    @property
    def are_overdue(self) -> bool:
        """Return whether the database has not answered, and is being tried."""
        return self._overdue is not None

    def read(self, name: Hashable, work: Callable[[], Value]) -> Value:
        """Return what `work` reads; those who ask for the same `name` meanwhile share it.

        Raises what `work` raises, and Unavailable where the database is away, busy or slow, or no
        thread can be started.
        """
        if self.are_overdue:
            raise Unavailable
        read = self._begun(name, work)
        try:
            return read.found.result(read.seconds_left())
        except TimeoutError:
            if self._is_tried_on(read):
                log_rarely("slow reads", "the database has not answered for a while")
            raise Unavailable from None

    def _begun(self, name: Hashable, work: Callable[[], Any]) -> Read:
        with self._lock:
            known = self._under_way.get(name)
            if known:
                return known
            read = Read(name, work)
            if not background_threads.is_started(self._go_on, read):
                raise Unavailable
            self._under_way[name] = read
            return read

    def _go_on(self, read: Read) -> None:
        """Read; where the database cannot be used, the first whom that happens to goes on."""
        while not self._is_over(read):
            time.sleep(SECONDS_BETWEEN)

    def _is_over(self, read: Read) -> bool:
        try:
            with self._room, self._context():
                value = read.work()
        except Exception as error:  # noqa: BLE001 - whoever waits for it is told
            return self._has_failed(read, error)
        self._settle(read)
        if not read.found.done():
            read.found.set_result(value)
        return True

    def _has_failed(self, read: Read, error: Exception) -> bool:
        """Tell those who wait, and return whether that was the end of it."""
        unavailable = told_as_unavailable(error)
        if unavailable:
            log_rarely("failed reads", "the database cannot be read: %s", first_line(error))
        goes_on = bool(unavailable) and self._is_tried_on(read)
        if not goes_on:
            self._settle(read)
        if not read.found.done():
            read.found.set_exception(unavailable or error)
        return not goes_on

    def _is_tried_on(self, read: Read) -> bool:
        """Return whether this is the read that is tried until it has an answer."""
        with self._lock:
            # One that was settled at the last moment is tried no more.
            if self._overdue is None and self._under_way.get(read.name) is read:
                self._overdue = read
            return self._overdue is read

    def _settle(self, read: Read) -> None:
        with self._lock:
            if self._under_way.get(read.name) is read:
                del self._under_way[read.name]
            if self._overdue is read:
                self._overdue = None
