"""What is noted while requests are answered, and written by one thread once in a while.

It is added up in the process: a flood costs no more statements than a trickle, and nobody waits. A
process that is killed loses what it had not written yet.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from flask import Flask

from app.core import waiting
from app.core.background_threads import Worker
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.web.limits import concurrency
from app.web.request_kinds import Kind

MOST_NOTED = 10_000
SECONDS_TO_WAIT = 1.0
SECONDS_AFTER_FAILURE = 60.0

What = TypeVar("What")
Noted = TypeVar("Noted")


@dataclass(frozen=True)
class Manner:
    """How notes are written: by a thread of a name, `seconds_between` two times at least.

    `complaint` is logged with why they could not be. Where it `is_kept`, what was
    noted then waits for the database; otherwise it is lost, and nothing is noted for a while.
    """

    thread: str
    complaint: str
    seconds_between: float = 0.0
    is_kept: bool = False
    most: int = MOST_NOTED


class WrittenBehind(Generic[What, Noted]):
    """What a process has to write down: something noted of each.

    `write` writes it in a transaction of its own; `both` makes one note of two of the same.
    """

    def __init__(
        self,
        app: Flask,
        manner: Manner,
        write: Callable[[Mapping[What, Noted]], None],
        both: Callable[[Noted, Noted], Noted],
    ) -> None:
        self._app = app
        self._manner = manner
        self._write = write
        self._both = both
        self._lock = Lock()
        self._noted: dict[What, Noted] = {}
        self._not_before = 0.0
        self._deaf_until = 0.0
        self._worker = Worker(self._write_all, self._is_any, manner.thread)

    def note(self, what: What, noted: Noted) -> None:
        """Have something written of it."""
        if self._deaf_until and time.monotonic() < self._deaf_until:
            return
        self._add(what, noted)
        self._worker.wake()

    def _add(self, what: What, noted: Noted) -> None:
        with self._lock:
            if what in self._noted:
                self._noted[what] = self._both(self._noted[what], noted)
            elif len(self._noted) < self._manner.most:
                self._noted[what] = noted

    def _is_any(self) -> bool:
        with self._lock:
            return bool(self._noted)

    def _write_all(self) -> None:
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        with self._lock:
            noted, self._noted = self._noted, {}
        try:
            self._write_in_turn(noted)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next ones are written
            self._give_up(noted, error)
        self._not_before = time.monotonic() + self._manner.seconds_between

    def _write_in_turn(self, noted: Mapping[What, Noted]) -> None:
        with (
            self._app.app_context(),
            waiting.at_most(SECONDS_TO_WAIT),
            concurrency.room_for(Kind.WRITING),
        ):
            self._write(noted)

    def _give_up(self, noted: Mapping[What, Noted], error: Exception) -> None:
        if not self._manner.is_kept:
            self._deaf_until = time.monotonic() + SECONDS_AFTER_FAILURE
        elif told_as_unavailable(error):
            for what, each in noted.items():
                self._add(what, each)
        log_rarely(self._manner.thread, f"{self._manner.complaint}: %s", first_line(error))
