"""The domain's errors. No HTTP in here: each door words these its own way."""

import time
from math import ceil
from typing import Self

from app.core import current_request


class DomainError(Exception):
    """Something that a caller asked for and cannot have; `str()` is one plain sentence."""


class Unauthenticated(DomainError):
    """Nobody known is calling: no key, a bad key, or no session."""


class Forbidden(DomainError):
    """The caller is known and may not do this."""


class Retired(Forbidden):
    """The project takes no part any more."""


class NotFound(DomainError):
    """There is no such thing, as far as this caller may know."""


class Ended(NotFound):
    """There was such a thing, and it is over."""


class InvalidInput(DomainError):
    """Something in what was sent cannot be used. `field` names it where it is a single one."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Malformed(InvalidInput):
    """The body is not JSON at all."""


class UnknownReference(InvalidInput):
    """Something is named that the project does not have."""


class SharesOff(InvalidInput):
    """The shares of the variants do not make the whole."""


class AlreadyExists(InvalidInput):
    """The key, or whatever else is one of its kind, is something else's already."""


class IdTaken(InvalidInput):
    """The id of a request has been sent before, with something else."""


class Conflict(DomainError):
    """Somebody else did the same thing at the same moment, and was first."""


class ChangedMeanwhile(DomainError):
    """It is not as the caller has seen it any more."""


class TooManyRequests(DomainError):
    """A rate limit, not a plan's limit. `retry_after` is in whole seconds.

    `policy` is the limit where it has one number: so many requests in so many seconds.
    """

    def __init__(
        self, sentence: str, retry_after: int, policy: tuple[int, int] | None = None
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.policy = policy

    @classmethod
    def until(cls, sentence: str, reset_at: float, policy: tuple[int, int] | None = None) -> Self:
        """Return the error for a limit that is lifted at `reset_at`, in seconds of the epoch."""
        return cls(sentence, max(1, ceil(reset_at - time.time())), policy)


class Unavailable(DomainError):
    """The database cannot be reached or written now. `retry_after` is in whole seconds.

    `sentence` is for what has another reason, and `why` it is so, otherwise.
    """

    retry_after = 5
    why = "The database cannot be used at this moment."

    def __init__(self, sentence: str = "") -> None:
        super().__init__(f"{sentence} Try again." if sentence else f"{self.why} {_what_was_done()}")


class Busy(Unavailable):
    """Others had what was needed for as long as anybody waits."""

    retry_after = 1
    why = "Too much is going on at this moment."


def _what_was_done() -> str:
    """Return what is sure of the request that is given up: of a commit the answer may be lost."""
    if current_request.may_have_changed():
        return "It may or may not have been done: look how things are."
    return "Nothing was done. Try again."
