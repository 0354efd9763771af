"""Query strings, read strictly."""

from flask import request

from app.core.errors import InvalidInput
from app.core.validation import whole_number
from app.results import period
from app.results.period import Asked


def number(name: str, *, default: int, smallest: int, largest: int) -> int:
    """Return the whole number that the query gives for `name`.

    InvalidInput outside of the range.
    """
    found = whole_number(request.args.get(name, str(default)))
    if found is None or not smallest <= found <= largest:
        raise InvalidInput(f"{name} is a whole number from {smallest} to {largest}.", name)
    return found


def days() -> Asked:
    """Return the days from `start_date` to `end_date`, as YYYY-MM-DD.

    InvalidInput for what is none.
    """
    fields = ("start_date", "end_date")
    first, last = (request.args.get(field, "") for field in fields)
    return period.asked(first, last, fields)
