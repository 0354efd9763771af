"""Sending beside the jobs: a thread for each endpoint that has something due, some at once.

A receiver that is slow holds up what is sent to it alone.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from threading import Event

from app.core import metrics
from app.core.rare_logs import Failures, first_line
from app.database.engine import db
from app.models import LONGEST_FAULT, now
from app.notifications.webhooks import deliveries, signing
from app.notifications.webhooks.deliveries import Attempt
from app.notifications.webhooks.outcomes import Outcome
from app.notifications.webhooks.turns import Turns

AT_ONCE = 16
SECONDS_OF_A_TURN = 10.0
"""For how long one receiver is sent one message after the other before others have their turn."""

_log = logging.getLogger(__name__)


class Sender:
    """Sends what is due. `context` gives each thread what it asks the database by."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], *, allows_private: bool
    ) -> None:
        self._context = context
        self._allows_private = allows_private
        self._threads = ThreadPoolExecutor(AT_ONCE, "webhooks")
        self._under_way: dict[int, Future[bool]] = {}
        self._turns = Turns()
        self._failures = Failures()
        self._is_ending = Event()

    def begin(self, moment: datetime) -> None:
        """Begin to send what is due at `moment`, as far as there are threads for it."""
        self._end_turns(moment)
        due = [each for each in deliveries.endpoints_due(moment) if each not in self._under_way]
        for endpoint_id in self._turns.give(due, moment, AT_ONCE - len(self._under_way)):
            self._under_way[endpoint_id] = self._threads.submit(self._serve, endpoint_id, moment)

    def finish(self, moment: datetime) -> None:
        """Send what is due at `moment`, and return when nobody has a turn any more.

        Raises what the database does.
        """
        self.begin(moment)
        while self._under_way:
            for future in wait(self._under_way.values()).done:
                future.result()
            self.begin(moment)

    def _end_turns(self, moment: datetime) -> None:
        ended = {each: future for each, future in self._under_way.items() if future.done()}
        for endpoint_id, future in ended.items():
            del self._under_way[endpoint_id]
            has_failed = future.exception() is None and not future.result()
            self._turns.end(endpoint_id, moment, has_failed=has_failed)

    def end(self) -> None:
        """Begin nothing more, and wait for what is under way: its requests end within seconds."""
        self._is_ending.set()
        self._threads.shutdown()

    def _serve(self, endpoint_id: int, moment: datetime) -> bool:
        """Send what is due to an endpoint for the time of a turn, and return whether all arrived.

        It ends with what does not: a later turn goes on there.
        """
        what, ahead = f"webhook {endpoint_id}", moment - now()
        until = time.monotonic() + SECONDS_OF_A_TURN
        with self._context():
            try:
                while time.monotonic() < until and not self._is_ending.is_set():
                    outcome = self._send_next(endpoint_id, ahead)
                    if outcome is None or not outcome.has_arrived:
                        self._failures.end(what)
                        return outcome is None
            except Exception as error:
                self._failures.tell(what, error)
                raise
        return True

    def _send_next(self, endpoint_id: int, ahead: timedelta) -> Outcome | None:
        """Send what has been due for longest, and return what came of it; None for nothing due.

        The clock that says what is due is `ahead` of the machine's.
        """
        attempt = deliveries.claim(endpoint_id, now() + ahead)
        if attempt is None:
            return None
        # Nobody holds a connection to the database while a receiver takes its time.
        db.session.remove()
        outcome = self._outcome(attempt)
        deliveries.record(attempt, outcome, now() + ahead)
        metrics.of_process.sending_tried("webhook", has_arrived=outcome.has_arrived)
        return outcome

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
