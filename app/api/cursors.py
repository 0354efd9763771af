"""Cursors: where the next page of a list begins, as programs get it and send it back."""

import base64
import binascii
import json

from pydantic import TypeAdapter, ValidationError

from app.core.errors import InvalidInput
from app.core.paging import Cursor
from app.core.validation import LARGEST_NUMBER

_PLACE = TypeAdapter(tuple[int, str, str])


def written(place: Cursor | None, order: str = "") -> str | None:
    """Return a place in a list as one opaque word; None on the last page.

    `order` is the one of several that the list is in.
    """
    if place is None:
        return None
    text = json.dumps([place.id, place.seen, order])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str, order: str = "") -> Cursor | None:
    """Return the place that a word names, None for none.

    Raises InvalidInput for any other text, and for a place in a list of another order.
    """
    if not text:
        return None
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        row_id, seen, order_seen = _PLACE.validate_json(
            base64.urlsafe_b64decode(padded), strict=True
        )
    except (ValidationError, binascii.Error, UnicodeError):
        raise no_cursor() from None
    if not 0 <= row_id <= LARGEST_NUMBER or "\0" in seen:
        raise no_cursor()
    if order_seen != order:
        raise InvalidInput("cursor is of a list in another order.", "cursor")
    return Cursor(row_id, seen)


def no_cursor() -> InvalidInput:
    """Return how somebody is told whose cursor names no place in the list."""
    return InvalidInput("cursor is the next_cursor of the page before, as it was.", "cursor")
