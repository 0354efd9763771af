"""When sessions were last used, and people seen: noted while nobody waits, without any promise."""

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import cast

from flask import Flask, current_app

from app.accounts import browser_sessions
from app.accounts.browser_sessions import Used
from app.core import waiting
from app.core.background_threads import Worker
from app.core.rare_logs import first_line, log_rarely
from app.web import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_last_uses"
THREAD = "last uses"
MOST_NOTED = 10_000
SECONDS_TO_WAIT = 1.0
SECONDS_AFTER_FAILURE = 60.0


class LastUses:
    """What a process has to write down of last uses, by one thread that ends when it is done.

    Where the database takes nothing, it is not asked again for a while. `clock` is in seconds.
    """

    def __init__(self, app: Flask, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._lock = Lock()
        self._noted: dict[Used, datetime] = {}
        self._not_before = 0.0
        self._worker = Worker(self._write_all, self._is_any, THREAD)

    def note(self, used: Used, moment: datetime) -> None:
        """Have it written that a session was used."""
        if self._clock() < self._not_before:
            return
        with self._lock:
            if len(self._noted) < MOST_NOTED:
                self._noted[used] = moment
        self._worker.wake()

    def _is_any(self) -> bool:
        with self._lock:
            return bool(self._noted)

    def _write_all(self) -> None:
        with self._lock:
            noted, self._noted = self._noted, {}
        try:
            self._write(noted)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next ones are written
            reason = first_line(error)
            log_rarely("use not noted", "last uses of sessions are not noted: %s", reason)
            self._not_before = self._clock() + SECONDS_AFTER_FAILURE

    def _write(self, noted: dict[Used, datetime]) -> None:
        with (
            self._app.app_context(),
            waiting.at_most(SECONDS_TO_WAIT),
            concurrency.room_for(Kind.WRITING),
        ):
            browser_sessions.note_use(noted)


def register(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions[EXTENSION] = LastUses(app)


def note(used: Used, moment: datetime) -> None:
    """Have it written that a session was used at `moment`; nobody waits for it."""
    cast("LastUses", current_app.extensions[EXTENSION]).note(used, moment)
