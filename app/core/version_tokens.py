"""Short texts that travel to a browser and back, to tell whether something changed."""

import hashlib
from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 17


def token_of(moment: datetime) -> str:
    """Return the microseconds from the epoch to `moment`, in digits."""
    return str((moment - _EPOCH) // _MICROSECOND)


def moment_of(text: str) -> datetime:
    """Return the moment that a token was made of; the epoch for any other text.

    Nothing changed then.
    """
    return _EPOCH + _MICROSECOND * int(text) if is_token(text) else _EPOCH


def is_token(text: str) -> bool:
    """Return whether a text can be a token."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST


def digest(*parts: object) -> str:
    """Return a short text that is another whenever one of the parts is."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
