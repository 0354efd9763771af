"""Quarters of the year, by the UTC calendar."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

MONTHS = 3
_WRITTEN = re.compile(r"([1-9]\d{3})-Q([1-4])", re.ASCII)


class Quarter(NamedTuple):
    """A quarter of a year, written as 2026-Q4."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> "Quarter":
        """Return the quarter that a moment is in."""
        day = moment.astimezone(UTC)
        return cls(day.year, (day.month - 1) // MONTHS + 1)

    def __str__(self) -> str:
        """Return it as it is written in addresses and files."""
        return f"{self.year}-Q{self.number}"


def read(text: str) -> Quarter | None:
    """Return the quarter that a text names, None for any other text."""
    found = _WRITTEN.fullmatch(text)
    return Quarter(int(found[1]), int(found[2])) if found else None
