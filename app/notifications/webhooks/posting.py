"""One request to a receiver, and what came of it."""

import time
from collections.abc import Mapping
from contextlib import suppress

import httpcore

from app.models import LONGEST_ANSWER, LONGEST_FAULT
from app.notifications.webhooks.network import CheckedBackend, Deadline, Resolve, resolve
from app.notifications.webhooks.outcomes import Outcome

SECONDS = 15.0
SECONDS_OF_BODY = 2.0
"""For how long the text of an answer is waited for, once its status has arrived."""
LONGEST_PAUSE = 86_400
"""For how many seconds a receiver may ask to be left alone: a day."""
_FAULTS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)
# No character takes more.
_MOST_BYTES = 4 * LONGEST_ANSWER
_HEADERS = {"Content-Type": "application/json", "User-Agent": "Switchyard", "Connection": "close"}


def post(
    url: str,
    body: str,
    headers: Mapping[str, str],
    *,
    allows_private: bool,
    resolve: Resolve = resolve,
) -> Outcome:
    """Send a message to an address within 15 seconds, and return what came of it.

    Nothing is followed, and no proxy of the environment is used.
    """
    began, deadline = time.monotonic(), Deadline(SECONDS)
    backend = CheckedBackend(deadline, allows_private=allows_private, resolve=resolve)
    sent = [*_HEADERS.items(), *headers.items()]
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream("POST", url, headers=sent, content=body.encode()) as response,
        ):
            seconds = time.monotonic() - began
            deadline.bring_forward(SECONDS_OF_BODY)
            return Outcome(
                seconds, response.status, _beginning(response), retry_after=_retry_after(response)
            )
    except _FAULTS as error:
        return Outcome(time.monotonic() - began, fault=_words(error))


def _beginning(response: httpcore.Response) -> str:
    """Return the beginning of an answer, as text that a database holds.

    Its status has said what came of the message: where no more arrives, this is all there is.
    """
    read = b""
    with suppress(*_FAULTS):
        for part in response.iter_stream():
            read += part
            if len(read) >= _MOST_BYTES:
                break
    text = read[:_MOST_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text[:LONGEST_ANSWER]


def _retry_after(response: httpcore.Response) -> int:
    """Return the seconds of the header, a day at most.

    0 without one: a date says less than our own schedule.
    """
    values = [value for name, value in response.headers if name.lower() == b"retry-after"]
    if not values or not values[0].isdigit():
        return 0
    # Whoever sends thousands of digits has them read no further than they count.
    return min(int(values[0].lstrip(b"0")[:6] or b"0"), LONGEST_PAUSE)


def _words(error: Exception) -> str:
    """Return what an error says of a request, in one line."""
    if isinstance(error, httpcore.TimeoutException):
        return "There was no answer within 15 seconds."
    return (str(error) or "The connection ended.").partition("\n")[0][:LONGEST_FAULT]
