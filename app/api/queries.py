"""Query strings, read strictly."""

from flask import request

from app.errors import InvalidInput
from app.wording import whole_number


def number(name: str, *, default: int, smallest: int, largest: int) -> int:
    """The whole number that the query gives for `name`; InvalidInput outside of the range."""
    found = whole_number(request.args.get(name, str(default)))
    if found is None or not smallest <= found <= largest:
        raise InvalidInput(f"{name} is a whole number from {smallest} to {largest}.", name)
    return found
