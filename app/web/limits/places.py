"""Places to work at, which are given to who has waited for the longest."""

from collections import deque
from threading import Lock


class Places:
    """So many places.

    Of the library's own semaphore whoever comes at the right moment takes the next place: under a
    storm of requests others could wait in vain.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take a place, and return whether there came one within so many seconds."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if timeout <= 0:
                return False
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        return turn.acquire(timeout=timeout) or not self._has_given_up(turn)

    def release(self) -> None:
        """Give a place back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def _has_given_up(self, turn: Lock) -> bool:
        """Stop waiting; False where a place was given at the last moment, which is taken then."""
        with self._lock:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True
