"""Values and shares as people write and read them in forms."""

import json
from decimal import Decimal

from app.core.validation import percents


def read_value(text: str) -> object:
    """Return the JSON that `text` is, or else the text itself; None for no text."""
    text = text.strip()
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text


def written_value(value: object, key: str = "") -> str:
    """Return what `read_value` reads `value` from; nothing for a variant whose value is its key."""
    if value is None or value == key:
        return ""
    is_plain = isinstance(value, str) and read_value(value) == value
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


def written_percents(share: int) -> str:
    """Return a share in basis points as percent, with as many decimals as it needs."""
    return f"{percents(share):.2f}".rstrip("0").rstrip(".")


def plain_number(number: float) -> str:
    """Return a number as people write it, with all of its digits and no exponent: "0.00002"."""
    return f"{Decimal(f'{number:.15g}'):f}"


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
