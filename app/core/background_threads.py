"""Threads beside the requests, for work that nobody waits for to its end."""

from collections.abc import Callable
from threading import Lock, Thread

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


class Worker:
    """One thread that works while there is something to do: woken by whoever brings some.

    `work` does some of it; `is_any` returns whether something is left. Where no thread can be
    started, or one of them raises, the next who wakes it tries again.
    """

    def __init__(
        self, work: Callable[[], None], is_any: Callable[[], bool], name: str | None = None
    ) -> None:
        self._work = work
        self._is_any = is_any
        self._name = name
        self._lock = Lock()
        self._is_awake = False

    def wake(self) -> None:
        """Have what has just been brought worked on, after what is under way."""
        with self._lock:
            if not self._is_awake:
                self._is_awake = is_started(self._go_on, name=self._name)

    def _go_on(self) -> None:
        try:
            while self._is_any_left():
                pass
        except BaseException:
            with self._lock:
                self._is_awake = False
            raise

    def _is_any_left(self) -> bool:
        self._work()
        # Asked under the lock: what is brought from here on starts a thread of its own.
        with self._lock:
            self._is_awake = self._is_any()
            return self._is_awake
