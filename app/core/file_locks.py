"""Locks of files, by which the processes of a machine take turns: each ends with its process."""

import fcntl
import time
from contextlib import suppress
from typing import IO

SECONDS_BETWEEN_TRIES = 0.01


def take(file: IO[str], seconds: float = 0.0) -> bool:
    """Take the lock of a file, and return whether it was free before `seconds` were over."""
    until = time.monotonic() + seconds
    while not (is_taken := _is_taken(file)) and time.monotonic() < until:
        time.sleep(SECONDS_BETWEEN_TRIES)
    return is_taken


def _is_taken(file: IO[str]) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
