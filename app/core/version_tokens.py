"""Short texts that travel to a browser and back, to tell whether something changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.validation import whole_number

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 17
_VERSION = "v"


@dataclass(frozen=True)
class Condition:
    """What has to be so of something before it is changed, by the token that it has then.

    It `has_to_be_there`, or `has_to_be_new`; its token is among `one_of`, where there are any, and
    not among `none_of`.
    """

    has_to_be_there: bool = False
    has_to_be_new: bool = False
    one_of: frozenset[str] | None = None
    none_of: frozenset[str] = frozenset()

    @classmethod
    def seen(cls, tokens: Iterable[str]) -> "Condition":
        """Return that it has one of these tokens."""
        return cls(one_of=frozenset(tokens))

    def is_met_by(self, token: str | None) -> bool:
        """Return whether it is so of what has this token; None is for what is not there yet."""
        if self.has_to_be_there if token is None else self.has_to_be_new:
            return False
        return token not in self.none_of and (self.one_of is None or token in self.one_of)


ANYTHING = Condition()
"""Whatever there is is changed."""


def token_of(moment: datetime) -> str:
    """Return the microseconds from the epoch to `moment`, in digits."""
    return str((moment - _EPOCH) // _MICROSECOND)


def moment_of(text: str) -> datetime:
    """Return the moment that a token was made of; the epoch for any other text.

    Nothing changed then.
    """
    return _EPOCH + _MICROSECOND * int(text) if is_token(text) else _EPOCH


def is_token(text: str) -> bool:
    """Return whether a text can be a token: no other than `token_of` writes."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
    return is_number and str(int(text)) == text


def token_of_version(version: int) -> str:
    """Return the token of an experiment's version: v and its digits."""
    return f"{_VERSION}{version}"


def version_of(text: str) -> int | None:
    """Return the version that a token was made of, None for any other text."""
    version = whole_number(text.removeprefix(_VERSION))
    return version if version is not None and token_of_version(version) == text else None


def digest(*parts: object) -> str:
    """Return a short text that is another whenever one of the parts is."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
