"""Sending beside the jobs: a thread for each endpoint that has something due, some at once.

A receiver that is slow holds up what is sent to it alone.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Event

from app.core.rare_logs import Failures, first_line
from app.database.engine import db
from app.models import LONGEST_FAULT, now
from app.notifications.webhooks import deliveries, signing
from app.notifications.webhooks.deliveries import Attempt
from app.notifications.webhooks.outcomes import Outcome

AT_ONCE = 16
MOST_IN_A_ROW = 100

_log = logging.getLogger(__name__)


class Sender:
    """Sends what is due. `context` gives each thread what it asks the database by."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], *, allows_private: bool
    ) -> None:
        self._context = context
        self._allows_private = allows_private
        self._threads = ThreadPoolExecutor(AT_ONCE, "webhooks")
        self._under_way: dict[int, Future[None]] = {}
        self._failures = Failures()
        self._is_ending = Event()

    def begin(self, moment: datetime) -> None:
        """Begin to send what is due at `moment`, as far as there are threads for it."""
        self._under_way = {
            endpoint_id: future
            for endpoint_id, future in self._under_way.items()
            if not future.done()
        }
        free = AT_ONCE - len(self._under_way)
        due = [each for each in deliveries.endpoints_due(moment) if each not in self._under_way]
        for endpoint_id in due[:free]:
            self._under_way[endpoint_id] = self._threads.submit(self._serve, endpoint_id, moment)

    def finish(self, moment: datetime) -> None:
        """Send what is due at `moment`, and return when all of it was tried.

        Raises what the database does.
        """
        while deliveries.endpoints_due(moment):
            self.begin(moment)
            for future in wait(self._under_way.values()).done:
                future.result()

    def end(self) -> None:
        """Begin nothing more, and wait for what is under way: its requests end within seconds."""
        self._is_ending.set()
        self._threads.shutdown()

    def _serve(self, endpoint_id: int, moment: datetime) -> None:
        """Send what is due to an endpoint until something fails; a later turn goes on there."""
        what, ahead = f"webhook {endpoint_id}", moment - now()
        with self._context():
            try:
                for _ in range(MOST_IN_A_ROW):
                    if self._is_ending.is_set() or not self._send_next(endpoint_id, ahead):
                        break
                self._failures.end(what)
            except Exception as error:
                self._failures.tell(what, error)
                raise

    def _send_next(self, endpoint_id: int, ahead: timedelta) -> bool:
        """Send what has been due for longest, and return whether that has arrived.

        The clock that says what is due is `ahead` of the machine's.
        """
        attempt = deliveries.claim(endpoint_id, now() + ahead)
        if attempt is None:
            return False
        # Nobody holds a connection to the database while a receiver takes its time.
        db.session.remove()
        outcome = self._outcome(attempt)
        deliveries.record(attempt, outcome, now() + ahead)
        return outcome.has_arrived

    def _outcome(self, attempt: Attempt) -> Outcome:
        """Return what came of an attempt; one that raises is a failed one, and no endless one."""
        began = now()
        try:
            return self._post(attempt)
        except Exception as error:  # noqa: BLE001 - whatever it is, it comes again
            _log.exception("webhook %s: not sent", attempt.endpoint_id)
            seconds = (now() - began).total_seconds()
            return Outcome(seconds, fault=f"Not sent: {first_line(error)}"[:LONGEST_FAULT])

    def _post(self, attempt: Attempt) -> Outcome:
        # It loads what no server needs that only answers.
        from app.notifications.webhooks import posting  # noqa: PLC0415

        headers = signing.headers(attempt.message_id, now(), attempt.body, attempt.secrets)
        return posting.post(attempt.url, attempt.body, headers, allows_private=self._allows_private)
