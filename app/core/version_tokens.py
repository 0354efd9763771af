"""Short texts that travel to a browser and back, to tell whether something changed."""

import hashlib
from datetime import UTC, datetime, timedelta

from app.core.validation import whole_number

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 17
_VERSION = "v"


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
