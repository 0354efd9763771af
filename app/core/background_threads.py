"""Threads beside the requests, for work that nobody waits for to its end."""

from collections.abc import Callable
from threading import Thread

from app.core.rare_logs import log_rarely


def is_started(work: Callable[..., None], *values: object, name: str | None = None) -> bool:
    """Start a thread that does some work, and return whether the machine had room for one.

    Note that it runs only after this, under the lock that it takes to note that it has ended: what
    is noted before a thread that never starts is never taken back.
    """
    try:
        Thread(target=work, args=values, daemon=True, name=name).start()
    except RuntimeError as error:
        log_rarely("threads", "no thread can be started: %s", error)
        return False
    return True
