"""Group work: what several threads want done at one moment is done at once, by one of them.

Whoever finds nobody at it begins without waiting. Whoever comes meanwhile waits, and all of those
make the next group, which the first of them does: nobody waits for a clock, nor works on for others
once its own is done.
"""

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from app.core.errors import Busy

Work = TypeVar("Work")
Outcome = TypeVar("Outcome")


class _Waiting(Generic[Work, Outcome]):
    """Somebody's work, and what they are told: its outcome, its error, or neither: their turn.

    It `is_settled` once it is in a group, or is given up. A lock that is held until they are told
    is all that a thread needs to wait: a Future, which can do more, took 3 % of an event's CPU.
    """

    __slots__ = ("_told", "error", "is_settled", "outcome", "work")

    def __init__(self, work: Work) -> None:
        self.work = work
        self.outcome: Outcome | None = None
        self.error: BaseException | None = None
        self.is_settled = False
        self._told = Lock()
        self._told.acquire()

    def tell(self, outcome: Outcome | None = None, error: BaseException | None = None) -> None:
        """Have them go on."""
        self.outcome, self.error = outcome, error
        self._told.release()

    def is_told(self, patience: float = -1) -> bool:
        """Wait until they are told, for so many seconds or for ever; return whether they are."""
        return self._told.acquire(timeout=patience)


class GroupWork(Generic[Work, Outcome]):
    """Work that `do` does for several at once: one group of each name at a time.

    A group has a size of at most `largest`, as `size` measures work, unless the first of it alone
    is larger. At most `most_waiting` wait for each name.
    """

    def __init__(
        self,
        do: Callable[[Sequence[Work]], Sequence[Outcome]],
        size: Callable[[Work], int],
        *,
        largest: int,
        most_waiting: int,
    ) -> None:
        self._do = do
        self._size = size
        self._largest = largest
        self._most_waiting = most_waiting
        self._lock = Lock()
        self._waiting: dict[Hashable, deque[_Waiting[Work, Outcome]]] = {}

    def done(self, name: Hashable, work: Work, patience: float) -> Outcome:
        """Return what came of some work, which is never None.

        Raises what `do` raises for its group, and Busy where too many wait, or none of them had a
        turn for so many seconds; then it is not done.
        """
        own = self._begun_waiting(name, work)
        outcome = None if own is None else self._told(own, patience)
        return self._led(name, work) if outcome is None else outcome

    def waiting(self, name: Hashable) -> int:
        """Return how many wait for a name, those who have given up since the last group too."""
        with self._lock:
            return len(self._waiting.get(name, ()))

    def _begun_waiting(self, name: Hashable, work: Work) -> _Waiting[Work, Outcome] | None:
        """Begin to wait; None where nobody is at work, and so it is the caller's turn."""
        with self._lock:
            waiting = self._waiting.get(name)
            if waiting is None:
                self._waiting[name] = deque()
                return None
            if len(waiting) >= self._most_waiting:
                raise Busy
            own = _Waiting[Work, Outcome](work)
            waiting.append(own)
            return own

    def _led(self, name: Hashable, work: Work) -> Outcome:
        """Do some work, and all that waits to be done; return what came of the former."""
        others: list[_Waiting[Work, Outcome]] = []
        try:
            others = self._taken(name, work)
            own, *outcomes = self._do([work, *(each.work for each in others)])
            # Checked before anybody is told: who is left out would wait for ever.
            told = list(zip(others, outcomes, strict=True))
        except BaseException as error:
            for each in others:
                each.tell(error=error)
            raise
        else:
            for each, outcome in told:
                each.tell(outcome)
            return own
        finally:
            self._pass_on(name)

    def _taken(self, name: Hashable, work: Work) -> list[_Waiting[Work, Outcome]]:
        taken, room = [], self._largest - self._size(work)
        with self._lock:
            waiting = self._waiting[name]
            while waiting and (room := room - self._room_for(waiting[0])) >= 0:
                each = waiting.popleft()
                if not each.is_settled:
                    each.is_settled = True
                    taken.append(each)
        return taken

    def _room_for(self, each: _Waiting[Work, Outcome]) -> int:
        """Return how much room somebody's work takes in a group: none where it is given up."""
        return 0 if each.is_settled else self._size(each.work)

    def _pass_on(self, name: Hashable) -> None:
        """Give the turn to whoever has waited for the longest, if anybody still waits."""
        with self._lock:
            waiting = self._waiting[name]
            while waiting:
                each = waiting.popleft()
                if not each.is_settled:
                    each.is_settled = True
                    each.tell()
                    return
            del self._waiting[name]

    def _told(self, own: _Waiting[Work, Outcome], patience: float) -> Outcome | None:
        """Return what somebody is told; None where it is their turn."""
        if not own.is_told(patience):
            self._give_up(own)
            own.is_told()
        if own.error is not None:
            raise own.error
        return own.outcome

    def _give_up(self, own: _Waiting[Work, Outcome]) -> None:
        """Leave work undone that is in no group yet, and raise Busy."""
        with self._lock:
            if not own.is_settled:
                own.is_settled = True
                raise Busy
