"""What a process counts, for Prometheus: the numbers themselves are in `counters`.

That is loaded, with the library, when there is first something to count: it takes 30 ms, which a
command and the start of a server do without. What goes wrong with counting stops no work.
"""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from app.core.rare_logs import log_rarely

if TYPE_CHECKING:
    from app.core.counters import Counters

SECONDS_UNTRIED = 10.0


class Metrics:
    """The counting of a process, in files of a folder that all of a machine's processes share.

    `clock` is in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._folder: Path | None = None
        self._counters: Counters | None = None
        self._try_at = clock()

    def count_in(self, folder: Path) -> None:
        """Count in this folder, unless counting has begun already: a process counts in one."""
        self._folder = folder

    def counters(self) -> "Counters | None":
        """Return what counts, None where nothing can be counted now."""
        return self._counters or self._begin()

    def count(self, work: Callable[["Counters"], object]) -> None:
        """Have `work` count; a folder that is not there any more is begun anew later."""
        if not (counters := self.counters()):
            return
        try:
            work(counters)
        except OSError as error:
            self._counters = None
            self._put_off(error)

    def transition_made(self, action: str, door: str) -> None:
        """Count a change of status."""
        self.count(lambda counters: counters.add("transitions", action, door))

    def change_refused(self, code: str, door: str) -> None:
        """Count a change of status that the rules have refused."""
        self.count(lambda counters: counters.add("refusals", code, door))

    def evaluated(self, answer: str) -> None:
        """Count an evaluation by what it was answered with."""
        self.count(lambda counters: counters.add("evaluations", answer))

    def events_taken(self, outcome: str, number: int) -> None:
        """Count so many events by what became of them."""
        if number:
            self.count(lambda counters: counters.add("events", outcome, by=number))

    def sending_tried(self, way: str, *, has_arrived: bool) -> None:
        """Count an attempt to send something, by webhook or by mail."""
        outcome = "arrived" if has_arrived else "failed"
        self.count(lambda counters: counters.add("sendings", way, outcome))

    def _begin(self) -> "Counters | None":
        with self._lock:
            if self._counters or self._folder is None or self._clock() < self._try_at:
                return self._counters
            from app.core.counters import Counters  # noqa: PLC0415

            try:
                self._counters = Counters(self._folder)
            except OSError as error:
                self._put_off(error)
            return self._counters

    def _put_off(self, error: OSError) -> None:
        self._try_at = self._clock() + SECONDS_UNTRIED
        log_rarely("metrics", "nothing is counted in METRICS_FOLDER: %s", error)


of_process = Metrics()
"""A process counts in one place, whatever applications are in it: so does the library."""
