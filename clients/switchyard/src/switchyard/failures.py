"""What a command ends with when it is not done: an exit code, plain words, and a JSON document."""

from enum import IntEnum
from typing import Any

Document = dict[str, Any]
"""A JSON object."""

# The ways out of what goes on beside the status.
_GOES_ON = {"leave_queue", "take_start_back", "stop_serving"}


class ExitCode(IntEnum):
    """How a command ended; stable, for jobs."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CONFLICT = 3
    NO_ANSWER = 4
    NOT_ALLOWED = 5
    TIMED_OUT = 6
    NOT_FOUND = 7
    UNEXPECTED = 8
    INTERRUPTED = 130


class Failure(Exception):
    """A command is not done. `document` is the server's, or of the same shape."""

    def __init__(self, code: ExitCode, document: Document) -> None:
        super().__init__(str(document.get("detail") or document.get("error") or "Not done."))
        self.code = code
        self.document = document

    @property
    def refusal(self) -> Document:
        """Return what the rules say: the code, the ways out, the slots. Empty for an error."""
        return self.document.get("refusal") or {}

    @property
    def is_so_already(self) -> bool:
        """Return whether the experiment is as asked for.

        One that waits in the queue or for a moment does not stand still, though it is paused: it
        starts by itself. Of one that is shipped everybody goes on getting a variant.
        """
        is_said = str(self.refusal.get("code", "")).startswith("ALREADY_")
        return is_said and _GOES_ON.isdisjoint(self.refusal.get("ways_out", []))


class NoAnswer(Failure):
    """No answer that counts: it was lost, or says to come back, in `retry_after` seconds."""

    def __init__(self, document: Document, retry_after: float = 0) -> None:
        super().__init__(ExitCode.NO_ANSWER, document)
        self.retry_after = retry_after


def of_our_own(error: str, code: str, detail: str) -> Document:
    """Return a document in the shape of the server's errors, for what the client says itself."""
    return {"error": error, "code": code, "detail": detail}
