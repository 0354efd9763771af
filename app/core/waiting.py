"""How long anybody waits for others: a request for some seconds in all, a command for longer.

Locks, connections and room to work are waited for until the same moment, so that whoever asks has
an answer soon, if only that nothing was done.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

import click

SECONDS_OF_REQUEST = 4.0
SECONDS_OF_COMMAND = 30.0
SHORTEST_WAIT = 0.05
SHORTEST_WORK = 0.25

_until: ContextVar[float | None] = ContextVar("switchyard_wait_until", default=None)
_answered_by: ContextVar[float | None] = ContextVar("switchyard_answered_by", default=None)


def usual_seconds() -> float:
    """Return how long a wait may take that nobody has bounded: at the command line, longer."""
    return SECONDS_OF_COMMAND if is_command() else SECONDS_OF_REQUEST


def is_command() -> bool:
    """Return whether this is at the command line, where nobody waits for an answer."""
    context = click.get_current_context(silent=True)
    # The server's processes are forked within a command of its own, which has no such object;
    # Flask's commands have theirs.
    return context is not None and context.find_root().obj is not None


def bound(seconds: float | None) -> None:
    """Let everything from now on wait until `seconds` are over; None takes the bound away.

    Then, too, whoever waits for an answer has to have one.
    """
    until = None if seconds is None else time.monotonic() + seconds
    _until.set(until)
    _answered_by.set(until)


@contextmanager
def at_most(seconds: float) -> Generator[None]:
    """Let what is done within wait until `seconds` are over, or the bound around it is reached."""
    until, before = time.monotonic() + seconds, _until.get()
    token = _until.set(until if before is None else min(until, before))
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left() -> float:
    """Return how long a wait that begins now may take."""
    until = _until.get()
    return usual_seconds() if until is None else max(SHORTEST_WAIT, until - time.monotonic())


def seconds_to_work() -> float | None:
    """Return how long a statement that begins now may take; None, for any time, at a command.

    Unlike a wait it is not cut short by `at_most`: who waits for little may have much to do.
    """
    until = _answered_by.get()
    if until is None:
        return None if is_command() else SECONDS_OF_REQUEST
    return max(SHORTEST_WORK, until - time.monotonic())
