"""What comes of a request to a receiver."""

from dataclasses import dataclass

_OK, _GONE = range(200, 300), 410


@dataclass(frozen=True)
class Outcome:
    """What came of a request: the answer's status and beginning, or the fault that kept it away.

    `retry_after` is for how many seconds the receiver wants to be left alone.
    """

    seconds: float
    status: int | None = None
    answer: str = ""
    fault: str = ""
    retry_after: int = 0

    @property
    def has_arrived(self) -> bool:
        """Return whether the receiver has taken the message: a redirect is no yes."""
        return self.status in _OK

    @property
    def is_gone(self) -> bool:
        """Return whether the receiver wants to be sent nothing any more."""
        return self.status == _GONE
