"""Moments as short texts that travel to a browser and back, to tell whether something changed."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST = 17


def stamp(moment: datetime) -> str:
    """The microseconds from the epoch to `moment`, in digits."""
    return str((moment - _EPOCH) // _MICROSECOND)


def moment_of(text: str) -> datetime:
    """The moment that a stamp was made of; the epoch, when nothing changed, for any other text."""
    is_stamp = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
    return _EPOCH + _MICROSECOND * int(text) if is_stamp else _EPOCH
