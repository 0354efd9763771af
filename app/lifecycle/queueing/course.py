"""The course of a project's slots: what runs and what waits, as it changes by what comes.

Forecasts follow it without writing anything, by the same order in which slots are taken.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.models import Status


@dataclass(frozen=True)
class Coming:
    """A scheduled change of an experiment, which `runs` now or does not."""

    at: datetime
    target: Status
    test_id: int
    runs: bool


class Course:
    """How many slots are free, which experiments run, and which wait for a slot, in order.

    `free` is less than none over the limit, and None without one. `started` are the test ids of
    what has started from the queue, in order.
    """

    def __init__(self, free: int | None, running: Iterable[int], queued: Iterable[int]) -> None:
        self.free, self.running, self.line = free, set(running), deque(queued)
        self.started: list[int] = []

    def is_news(self, test_id: int) -> bool:
        """Return whether an experiment neither runs nor waits for a slot already."""
        return test_id not in self.running and test_id not in self.line

    def ask_for_a_slot(self, test_id: int) -> None:
        """Have an experiment wait behind all others, unless it runs or waits already."""
        if self.is_news(test_id):
            self.line.append(test_id)

    def stop(self, test_id: int) -> None:
        """Stop what runs, which frees its slot; what waits does not any more."""
        if test_id in self.running:
            self.running.discard(test_id)
            self.free = None if self.free is None else self.free + 1
        elif test_id in self.line:
            self.line.remove(test_id)

    def fill_slots(self) -> None:
        """Start what waits, in order, as long as a slot is free."""
        while self.line and (self.free is None or self.free > 0):
            self.free = None if self.free is None else self.free - 1
            self.started.append(self.line.popleft())
            self.running.add(self.started[-1])
