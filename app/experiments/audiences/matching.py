"""Whether a visitor is in an audience: alike in every language, by `clients/evaluation/`.

What is known of a visitor is a JSON object, the context. An attribute is its member of that name;
where there is none and the name has a point, `query.plan` is the member `plan` of the member
`query`. Of a list the first hundred elements count. Text is compared as it is, letter by letter;
`true` and `false` are text. A number equals what is written as 12 or 0.5, and has no letters.

What is not known meets no condition, negated or not: nobody takes part by accident.
"""

import sys
from collections.abc import Callable, Mapping

from app.experiments.audiences import attributes, patterns
from app.experiments.audiences.conditions import Audience, Condition, Operator

MOST_ELEMENTS = 100

Context = Mapping[str, object]
Known = str | float


def is_in(audience: Audience, context: Context) -> bool:
    """Return whether the visitor of whom this is known is in the audience."""
    if not audience:
        return True
    return any(all(_is_met(condition, context) for condition in group) for group in audience)


def is_known(attribute: str, context: Context) -> bool:
    """Return whether anything is known of an attribute."""
    return bool(_known(_found(attribute, context)))


def page(address: str) -> str:
    """Return which page an address is of: without scheme, query, fragment and last slashes."""
    without = address.partition("#")[0].partition("?")[0]
    _, scheme, rest = without.partition("://")
    host, slash, path = (rest if scheme else without).partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/")


def _is_met(condition: Condition, context: Context) -> bool:
    known = _known(_found(condition.attribute, context))
    fits = _FITS[condition.operator]
    is_fitting = any(fits(each, value) for each in known for value in condition.values)
    return bool(known) and is_fitting is not condition.negated


def _found(name: str, context: Context) -> object:
    if name in context:
        return context[name]
    outer, _, inner = name.partition(".")
    within = context.get(outer)
    return within.get(inner) if isinstance(within, Mapping) else None


def _known(found: object) -> list[Known]:
    several = found[:MOST_ELEMENTS] if isinstance(found, list) else [found]
    return [known for each in several if (known := _one(each)) is not None]


def _one(found: object) -> Known | None:
    match found:
        case bool():
            return "true" if found else "false"
        case int() | float():
            # No larger one is a number everywhere.
            return float(found) if abs(found) <= sys.float_info.max else None
        case str():
            return found
        case _:
            return None


def _is(known: Known, value: str) -> bool:
    return known == (value if isinstance(known, str) else attributes.number(value))


def _as_number(known: Known) -> float | None:
    return attributes.number(known) if isinstance(known, str) else known


def _is_at_least(known: Known, value: str) -> bool:
    number = _as_number(known)
    return number is not None and number >= float(value)


def _is_at_most(known: Known, value: str) -> bool:
    number = _as_number(known)
    return number is not None and number <= float(value)


_FITS: dict[Operator, Callable[[Known, str], bool]] = {
    Operator.IS: _is,
    Operator.CONTAINS: lambda known, value: isinstance(known, str) and value in known,
    Operator.MATCHES: lambda known, value: (
        isinstance(known, str) and patterns.is_found(value, known)
    ),
    Operator.SAME_PAGE: lambda known, value: isinstance(known, str) and page(known) == page(value),
    Operator.AT_LEAST: _is_at_least,
    Operator.AT_MOST: _is_at_most,
}
