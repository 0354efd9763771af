"""Sending of letters beside the jobs: a mail server that is slow holds nothing else up."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from app.core import metrics
from app.core.mail_terms import MailTerms
from app.core.rare_logs import Failures
from app.database.engine import db
from app.models import now
from app.notifications.mail import letters, smtp, writing

_WHAT = "mail"


class Sender:
    """Sends letters in a row. `context` gives its thread what it asks the database by."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], terms: MailTerms
    ) -> None:
        self._context = context
        self._terms = terms
        self._thread = ThreadPoolExecutor(1, _WHAT)
        self._under_way: Future[None] | None = None
        self._failures = Failures()

    def begin(self, moment: datetime) -> None:
        """Begin to send what is due at `moment`, unless that is under way."""
        is_free = self._under_way is None or self._under_way.done()
        if is_free and letters.is_any_due(moment):
            self._under_way = self._thread.submit(self._send_all, moment)

    def finish(self, moment: datetime) -> None:
        """Send what is due at `moment`, and return when all of it was tried.

        Raises what the database does.
        """
        while letters.is_any_due(moment):
            self._thread.submit(self._send_all, moment).result()

    def end(self) -> None:
        """Wait for the letter that is being sent: that takes seconds."""
        self._thread.shutdown()

    def _send_all(self, moment: datetime) -> None:
        """Send what is due until something fails; a later turn goes on there."""
        ahead = moment - now()
        with self._context():
            try:
                while self._send_next(ahead):
                    pass
                self._failures.end(_WHAT)
            except Exception as error:
                self._failures.tell(_WHAT, error)
                raise

    def _send_next(self, ahead: timedelta) -> bool:
        """Send what has been due for longest, and return whether the mail server has taken it.

        The clock that says what is due is `ahead` of the machine's.
        """
        letter = letters.claim(now() + ahead)
        if letter is None:
            return False
        # Nobody holds a connection to the database while the mail server takes its time.
        db.session.remove()
        fault = smtp.send(writing.written(letter, self._terms), letter.email, self._terms)
        letters.record(letter, fault, now() + ahead)
        metrics.of_process.sending_tried("mail", has_arrived=not fault)
        return not fault
