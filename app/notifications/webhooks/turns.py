"""Turns of receivers: each has its own, however many others are slow or dead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from app.notifications.attempts import AGAIN_AFTER

RESTS = AGAIN_AFTER[:2]
"""How long a receiver is left alone after one turn that has failed, and after several."""
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class _Rest:
    """How many turns of a receiver have failed in a row, and until when it is left alone."""

    failures: int
    until: datetime


class Turns:
    """Gives turns: first to whoever has had none for longest, and to nobody who rests.

    So what a dead receiver has not taken holds up nobody: it is tried now and then.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._latest: dict[int, int] = {}
        self._rests: dict[int, _Rest] = {}

    def give(self, due: Sequence[int], moment: datetime, most: int) -> list[int]:
        """Return which endpoints of those to which something is due have a turn now.

        Of those that have had none, they are in the order of `due`.
        """
        # Who has nothing due has waited for nothing.
        self._latest = {each: self._latest.get(each, 0) for each in due}
        awake = [each for each in due if not self._rests_at(each, moment)]
        chosen = sorted(awake, key=self._latest.__getitem__)[:most]
        self._latest |= {each: next(self._numbers) for each in chosen}
        return chosen

    def end(self, endpoint_id: int, moment: datetime, *, has_failed: bool) -> None:
        """Take note of how a turn has ended."""
        before = self._rests.pop(endpoint_id, None)
        if has_failed:
            failures = before.failures + 1 if before else 1
            pause = RESTS[min(failures, len(RESTS)) - 1]
            self._rests[endpoint_id] = _Rest(failures, moment + pause)
        self._rests = {
            each: rest
            for each, rest in self._rests.items()
            if rest.until > moment - FORGOTTEN_AFTER
        }

    def _rests_at(self, endpoint_id: int, moment: datetime) -> bool:
        rest = self._rests.get(endpoint_id)
        return rest is not None and moment < rest.until
