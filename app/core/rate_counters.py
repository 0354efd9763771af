"""Rate counters in the memory of this process, as a storage of the library `limits`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from cachetools import TLRUCache
from limits.storage import Storage

MOST_COUNTERS = 65_536


@dataclass
class Counter:
    """The count of an event in a window of time, and the end of that window."""

    count: int
    ends_at: float


class MemoryCounters(Storage):
    """Counters shared by threads; those longest unused are forgotten beyond MOST_COUNTERS.

    The library's own memory storage starts a thread every ten milliseconds to expire its counters.
    Here a counter goes when its window is over, as others are added.
    `clock` gives the time of day in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._counters: TLRUCache[str, Counter] = TLRUCache(
            MOST_COUNTERS, ttu=lambda _key, counter, _now: counter.ends_at, timer=clock
        )

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Return the errors by which the storage fails: there are none."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Return the count of `key` with `amount` added; a first count opens `expiry` seconds."""
        with self._lock:
            counter = self._counters.get(key)
            if counter is None:
                counter = self._counters[key] = Counter(0, self._clock() + expiry)
            counter.count += amount
            return counter.count

    def get(self, key: str) -> int:
        """Return the count of `key`, 0 if it has no window now."""
        with self._lock:
            counter = self._counters.get(key)
        return counter.count if counter else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends: now, if it has none."""
        with self._lock:
            counter = self._counters.get(key)
        return counter.ends_at if counter else self._clock()

    def check(self) -> bool:
        """Return whether the storage can be used: always."""
        return True

    def reset(self) -> int:
        """Forget every counter; return how many there were."""
        with self._lock:
            forgotten = len(self._counters)
            self._counters.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget the counter of `key`."""
        with self._lock:
            self._counters.pop(key, None)
