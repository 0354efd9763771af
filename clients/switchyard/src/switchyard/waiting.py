"""Looking again and again, until something is so."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

from switchyard.api import seconds_asked_for
from switchyard.failures import Document, ExitCode, Failure, NoAnswer, of_our_own

Found = TypeVar("Found")


class NotYet(Failure):
    """It is not so yet; what was seen is `document`."""

    def __init__(self, seen: Document, detail: str) -> None:
        super().__init__(ExitCode.TIMED_OUT, seen | of_our_own("Timed out", "TIMED_OUT", detail))


def until(look: Callable[[], Found], interval: float, timeout: float) -> Found:
    """Return what `look` finds; it looks every `interval` seconds, the last time after `timeout`.

    A server that does not answer may come back meanwhile. Raises the NotYet or the NoAnswer of the
    last look, and at once what else `look` raises.
    """

    def seconds_to_next(state: RetryCallState) -> float:
        left = timeout - (state.seconds_since_start or 0)
        return max(0, min(left, max(interval, seconds_asked_for(state))))

    looking = Retrying(
        retry=retry_if_exception_type((NotYet, NoAnswer)),
        wait=seconds_to_next,
        stop=stop_after_delay(timeout),
        reraise=True,
    )
    return looking(look)
