"""Edits of what an experiment says of itself: its name, its page, its description.

Nobody overwrites what they have not seen: an edit brings a mark of each text as its author saw it.
`updated_at` would not do for that, since starting and pausing move it too.
"""

import hashlib
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from app.core.validation import checked_description, checked_name, checked_url
from app.models import Experiment

FIELDS = ("name", "url", "description")
_MARK_LENGTH = 16
_WORDS = {"name": "name", "url": "page", "description": "description"}


@dataclass(frozen=True)
class Edit:
    """The texts that somebody wants, and the `mark` of those that they saw before."""

    name: str
    url: str
    description: str
    seen: str


@dataclass(frozen=True)
class Change:
    """One text, as it was and as it is now."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Edited:
    """What an edit came to: no changes where everything was so already."""

    changes: tuple[Change, ...]
    at: datetime

    @property
    def in_words(self) -> str:
        """Which texts have changed, for history."""
        return ", ".join(_WORDS[change.field] for change in self.changes)


@dataclass(frozen=True)
class Clash:
    """A text that somebody else has changed since it was seen, and what it says now.

    `is_touched` where the edit wanted to change it too.
    """

    field: str
    present: str
    is_touched: bool


@dataclass(frozen=True)
class Overtaken:
    """Somebody else was faster, and nothing is saved; `seen` is the mark of what there is now."""

    clashes: tuple[Clash, ...]
    seen: str


def mark(experiment: Experiment) -> str:
    """What tells the present texts of an experiment from any others."""
    return ":".join(_mark(getattr(experiment, field)) for field in FIELDS)


def checked(wanted: Edit) -> Edit:
    """The edit with its texts as they are kept; InvalidInput for one that cannot be used."""
    return replace(
        wanted,
        name=checked_name(wanted.name),
        url=checked_url(wanted.url),
        description=checked_description(wanted.description),
    )


def changes(experiment: Experiment, wanted: Edit) -> tuple[Change, ...]:
    """What the edit would change."""
    pairs = ((field, getattr(experiment, field), getattr(wanted, field)) for field in FIELDS)
    return tuple(Change(*each) for each in pairs if _lines(each[1]) != _lines(each[2]))


def clashes(experiment: Experiment, wanted: Edit) -> tuple[Clash, ...]:
    """Which of its changes would overwrite what the edit's author has not seen."""
    seen = dict(zip(FIELDS, wanted.seen.split(":"), strict=False))
    return tuple(
        Clash(field, before, is_touched=_mark(after) != seen.get(field))
        for field, before, after in map(astuple, changes(experiment, wanted))
        if _mark(before) != seen.get(field)
    )


def _mark(text: str) -> str:
    return hashlib.sha256(_lines(text).encode()).hexdigest()[:_MARK_LENGTH]


def _lines(text: str) -> str:
    """The text with the line ends that programs send; browsers send others."""
    return text.replace("\r\n", "\n")
