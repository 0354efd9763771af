"""Which entries of the audit trail are asked for, and where a page of them begins."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from app.models import AuditKind, HistoryKind, ProjectKind

AnyKind = AuditKind | HistoryKind | ProjectKind

_PLACE = re.compile(r"([0-9]{1,17})\.([0-9])\.([0-9]{1,18})")
_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Filters:
    """A choice of entries: all of them, but for what is said here.

    `person` is an e-mail, of who acted or of whom it was done to. `since` is the first moment that
    counts, `until` the first that does not. No `kinds` are all of them.
    """

    project_id: int | None = None
    person: str = ""
    kinds: tuple[AnyKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """Where an entry stands among all of them: a later one is greater.

    Of entries of one moment, those of a later table in `Source` come later.
    """

    at: datetime
    source: int
    id: int

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        return f"{(self.at - _EPOCH) // _MICROSECOND}.{self.source}.{self.id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place that an address names, None for what is none."""
        found = _PLACE.fullmatch(text)
        if not found:
            return None
        moment, source, entry_id = map(int, found.groups())
        return cls(_EPOCH + moment * _MICROSECOND, source, entry_id)
