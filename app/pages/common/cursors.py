"""Where a page of a list begins, as its address says it."""

from typing import Any

from flask import request, url_for

from app.core.paging import Cursor
from app.core.validation import whole_number


def cursor() -> Cursor | None:
    """Return the place that the address names, None for the first page and for what is no place."""
    row_id = whole_number(request.args.get("after", ""))
    return None if row_id is None else Cursor(row_id, request.args.get("seen", ""))


def address(endpoint: str, place: Cursor | None, **values: str | None) -> str:
    """Return the address of a list from a place on, from its beginning for None."""
    after, seen = (place.id, place.seen or None) if place else (None, None)
    where: dict[str, Any] = {**values, "after": after, "seen": seen}
    return url_for(endpoint, **where)
