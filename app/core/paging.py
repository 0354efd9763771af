"""Where the next page of a sorted list begins."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cursor:
    """The last row of a page as it was seen: its `id`, and the text of what it was sorted by.

    The next page begins behind that place, wherever the row has moved since.
    """

    id: int
    seen: str = ""
