"""Somebody who looks at a project's slots again and again, while others change what runs."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from tests import audit
from tests.world import World

SECONDS_TO_SEE = 60


@dataclass
class Watch:
    """The limit and the number of running experiments at each look, in order."""

    seen: list[tuple[int, int]] = field(default_factory=list)
    looked: threading.Condition = field(default_factory=threading.Condition)

    @property
    def limits(self) -> set[int]:
        """Every limit that was seen."""
        return {limit for limit, _ in self.seen}

    @property
    def overruns(self) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return where more came to run than the limit allows; what ran when it fell may go on."""
        return [
            (before, after)
            for before, after in pairwise(self.seen)
            if before[0] == after[0] and after[1] > max(after[0], before[1])
        ]

    def look(self, usage: tuple[int, int]) -> None:
        """Note what is seen."""
        with self.looked:
            self.seen.append(usage)
            self.looked.notify_all()

    def wait_for(self, limit: int) -> None:
        """Wait until this limit has been seen."""
        with self.looked:
            seen = self.looked.wait_for(
                lambda: self.seen[-1:] and self.seen[-1][0] == limit, SECONDS_TO_SEE
            )
        assert seen, f"no limit of {limit} was ever seen"


@contextmanager
def watched(database_url: str, project_id: int) -> Generator[Watch]:
    """A watch over a project while this is open."""
    watch, done = Watch(), threading.Event()

    def look() -> None:
        with audit.connect(database_url) as connection:
            while not done.wait(0.001):
                watch.look(audit.usage(connection, project_id))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield watch
    finally:
        done.set()
        watcher.join()


def until(
    is_so: Callable[[], bool], seconds: float = SECONDS_TO_SEE, between: float = 0.02
) -> None:
    """Wait until something is so, looking every so many seconds; fail when it is not by then."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be so in time"
        pause.wait(between)


def waiting_for_locks(world: World) -> int:
    """Return how many connections to the world's PostgreSQL wait for a lock."""
    ((count,),) = world.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return count
