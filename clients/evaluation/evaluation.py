"""Which variants a visitor gets, from the document of what runs; it depends on nothing.

By docs/reference/edge.md and docs/reference/audiences.md, and tried with vectors.json.
"""

import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

_WORD = 0xFFFFFFFF
_LARGEST = sys.float_info.max
_MOST_ELEMENTS = 100
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)

# Signs that stand for themselves, and a $ that does not: in Python alone it is before a last line
# break, too.
_DOLLAR = re.compile(r"(\\.|\[\^?(?:\\.|[^\]\\])+\])|\$", re.DOTALL)


def evaluate(
    document: Mapping[str, Any], unit: str, context: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Return the flags of a visitor, as an evaluation of all by the server answers them."""
    decided = (_decided(each, unit, context) for each in document["experiments"])
    return [*filter(None, decided), *document["shipped"]]


def is_in(audience: list[list[dict[str, Any]]], context: Mapping[str, object]) -> bool:
    """Return whether the visitor of whom this is known is in an audience; all are in no group."""
    return not audience or any(all(_is_met(each, context) for each in group) for group in audience)


def place(text: str) -> int:
    """Return MurmurHash3 (x86, 32 bits, seed 0) of the text in UTF-8, modulo 10,000."""
    data = text.encode()
    rest = len(data) % 4
    hashed = 0
    for at in range(0, len(data) - rest, 4):
        hashed ^= _mixed(int.from_bytes(data[at : at + 4], "little"))
        hashed = (_rotated(hashed, 13) * 5 + 0xE6546B64) & _WORD
    hashed ^= _mixed(int.from_bytes(data[len(data) - rest :], "little")) ^ len(data)
    for by, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        hashed = (hashed ^ hashed >> by) * factor & _WORD
    return (hashed ^ hashed >> 16) % 10_000


def _rotated(bits: int, by: int) -> int:
    return (bits << by | bits >> 32 - by) & _WORD


def _mixed(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & _WORD, 15) * 0x1B873593 & _WORD


def _decided(
    experiment: Mapping[str, Any], unit: str, context: Mapping[str, object]
) -> dict[str, Any] | None:
    salt = experiment["salt"]
    named = ",".join(str(place(f"{salt}.{purpose}.{unit}")) for purpose in "abcd")
    if named in (always := experiment.get("always", {})):
        return _flag(experiment, always[named], reason="TARGETING_MATCH")
    if not is_in(experiment["audience"], context):
        return None
    if place(f"{salt}.allocation.{unit}") >= experiment["allocation"]:
        return None
    at = place(f"{salt}.split.{unit}")
    position = next(position for position, end in enumerate(experiment["split"]) if at < end)
    return _flag(experiment, position, reason="SPLIT", metadata={"run": salt})


def _flag(experiment: Mapping[str, Any], position: int, **why: object) -> dict[str, Any]:
    variant = experiment["variants"][position]
    return {"key": experiment["key"], "value": variant["value"], "variant": variant["key"], **why}


def _is_met(condition: Mapping[str, Any], context: Mapping[str, object]) -> bool:
    """Return whether a condition is met; what is not known meets none, negated or not."""
    known = list(_known(_found(condition["attribute"], context)))
    fits = _FITS[condition["operator"]]
    is_fitting = any(fits(each, value) for each in known for value in condition["values"])
    return bool(known) and is_fitting is not condition.get("negated", False)


def _found(name: str, context: Mapping[str, object]) -> object:
    if name in context:
        return context[name]
    outer, _, inner = name.partition(".")
    within = context.get(outer)
    return within.get(inner) if isinstance(within, Mapping) else None


def _known(found: object) -> Iterator[str | float]:
    for each in found[:_MOST_ELEMENTS] if isinstance(found, list) else [found]:
        if isinstance(each, bool):
            yield "true" if each else "false"
        elif isinstance(each, str) or (isinstance(each, int | float) and abs(each) <= _LARGEST):
            yield each


def _number(known: str | float) -> float:
    if not isinstance(known, str):
        return known
    return float(known) if _NUMBER.fullmatch(known) else math.nan


@lru_cache(1_000)
def _pattern(value: str) -> re.Pattern[str]:
    return re.compile(_DOLLAR.sub(lambda at: at[1] or r"\Z", value), re.ASCII | re.DOTALL)


def _page(address: str) -> str:
    """Return the page of an address: without scheme, query, fragment and last slashes."""
    without = re.split("[?#]", address, maxsplit=1)[0]
    _, scheme, rest = without.partition("://")
    host, slash, path = (rest if scheme else without).partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/")


_FITS: dict[str, Callable[[Any, str], bool]] = {
    "is": lambda known, value: known == (value if isinstance(known, str) else _number(value)),
    "contains": lambda known, value: isinstance(known, str) and value in known,
    "matches": lambda known, value: (
        isinstance(known, str) and _pattern(value).search(known) is not None
    ),
    "same_page": lambda known, value: isinstance(known, str) and _page(known) == _page(value),
    "at_least": lambda known, value: _number(known) >= float(value),
    "at_most": lambda known, value: _number(known) <= float(value),
}
