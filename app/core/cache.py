"""A process's cache: values by key, kept for some seconds and within bounds."""

import time
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from cachetools import Cache, LRUCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Entry(NamedTuple, Generic[Key, Value]):
    """A value, and how many seconds ago it was read."""

    key: Key
    value: Value
    age: float


class Recent(Generic[Key, Value]):
    """At most `most` values, each known for `seconds` from the moment before it was read.

    Threads share it. `clock` gives the moment in seconds.
    """

    def __init__(
        self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._kept = LRUCache[Key, tuple[float, Value]](most)
        self._times_cleared = 0
        self._lock = Lock()

    def known(self, key: Key, seconds: float | None = None) -> Value | None:
        """Return what was read for `key`, None if that is too long ago or was never.

        Too long is what the cache was made for, unless `seconds` says something else.
        """
        with self._lock:
            kept = self._kept.get(key)
        most = self._seconds if seconds is None else seconds
        if kept is None or self._clock() - kept[0] >= most:
            return None
        return kept[1]

    def entries(self) -> list[Entry[Key, Value]]:
        """Return all values, however old. None of them counts as asked for."""
        moment = self._clock()
        with self._lock:
            kept = [(key, *Cache.__getitem__(self._kept, key)) for key in self._kept]
        return [Entry(key, value, moment - read_at) for key, read_at, value in kept]

    def is_empty(self) -> bool:
        """Return whether there are no values, however old."""
        with self._lock:
            return not self._kept

    def replace(self, key: Key, value: Value, other: Value) -> None:
        """Put `other` in the place of `value`, unless that has been read anew or forgotten."""
        with self._lock:
            if key in self._kept:
                read_at, kept = Cache.__getitem__(self._kept, key)
                if kept is value:
                    Cache.__setitem__(self._kept, key, (read_at, other))

    def forget(self, key: Key) -> None:
        """Forget what was read for `key`."""
        with self._lock:
            self._kept.pop(key, None)

    def get(self, key: Key, read: Callable[[], Value]) -> Value:
        """Return what was read for `key`, now unless that is known."""
        known = self.known(key)
        return self.read(key, read) if known is None else known

    def read(self, key: Key, read: Callable[[], Value]) -> Value:
        """Read the value for `key` now. What `read` raises is raised, and nothing is kept."""
        moment, times_cleared = self._clock(), self._times_cleared
        value = read()
        with self._lock:
            if times_cleared != self._times_cleared:
                return value
            kept = self._kept.get(key)
            # Somebody slower has read earlier: what they found must not replace what is newer.
            if kept is None or kept[0] <= moment:
                self._kept[key] = (moment, value)
        return value

    def clear(self) -> None:
        """Forget every value, and those that are being read now as soon as they are."""
        with self._lock:
            self._kept.clear()
            self._times_cleared += 1
