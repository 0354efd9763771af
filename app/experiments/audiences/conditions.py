"""What an audience is made of, and which of it can be used.

An audience is a list of groups of conditions: a visitor is in it who meets all conditions of one
group. Without a group everybody is in it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from app.core.errors import InvalidInput
from app.core.validation import CONTROL
from app.experiments.audiences import attributes, patterns
from app.experiments.audiences.attributes import Attribute

MOST_GROUPS = 10
MOST_CONDITIONS = 10
MOST_VALUES = 50
LONGEST_VALUE = 500
# More than are kept compiled are compiled anew for each visitor, and each takes memory.
MOST_PATTERNS = 100
FIELD = "audience"


class Operator(StrEnum):
    """How what is known of a visitor is compared with the values of a condition."""

    IS = "is"
    CONTAINS = "contains"
    MATCHES = "matches"
    SAME_PAGE = "same_page"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True)
class Condition:
    """What has to be so of a visitor: a value fits the attribute, or if `negated` none does."""

    attribute: str
    operator: Operator
    values: tuple[str, ...]
    negated: bool = False


Group = tuple[Condition, ...]
Audience = tuple[Group, ...]
EVERYBODY: Audience = ()

_NUMERIC = frozenset({Operator.AT_LEAST, Operator.AT_MOST})
_audience = TypeAdapter(Audience)


def read(stored: object) -> Audience:
    """Return an audience from what `written` made of it."""
    return _audience.validate_python(stored)


def written(audience: Audience) -> list[list[dict[str, object]]]:
    """Return an audience as JSON has it; what is not negated does not say so."""
    return [[_written(condition) for condition in group] for group in audience]


def attributes_of(audience: Audience) -> set[str]:
    """Return the names of what has to be known of a visitor to tell."""
    return {condition.attribute for group in audience for condition in group}


def checked(audience: Audience) -> Audience:
    """Return the audience in its usual writing; InvalidInput for what cannot be used."""
    if len(audience) > MOST_GROUPS or any(len(group) > MOST_CONDITIONS for group in audience):
        raise InvalidInput(
            f"An audience has at most {MOST_GROUPS} groups of {MOST_CONDITIONS} conditions.", FIELD
        )
    if not all(audience):
        raise InvalidInput("A group of an audience has at least one condition.", FIELD)
    if _patterns(audience) > MOST_PATTERNS:
        raise InvalidInput(
            f"An audience has at most {MOST_PATTERNS} values that are compared by “matches”.", FIELD
        )
    return tuple(tuple(_checked(condition) for condition in group) for group in audience)


def _patterns(audience: Audience) -> int:
    conditions = (condition for group in audience for condition in group)
    return sum(len(each.values) for each in conditions if each.operator is Operator.MATCHES)


def _written(condition: Condition) -> dict[str, object]:
    said = {**asdict(condition), "values": list(condition.values)}
    return said if said.pop("negated") is False else {**said, "negated": True}


def _checked(condition: Condition) -> Condition:
    attribute = attributes.checked(condition.attribute)
    if condition.operator not in _fitting(attribute):
        raise InvalidInput(
            f"The {attribute.name} is one of a few words: compare it with “is”.", FIELD
        )
    if not 1 <= len(condition.values) <= MOST_VALUES:
        raise InvalidInput(
            f"A condition has 1 to {MOST_VALUES} values: {attribute.name} has"
            f" {len(condition.values)}.",
            FIELD,
        )
    values = tuple(_checked_value(attribute, condition.operator, each) for each in condition.values)
    unlike = tuple(dict.fromkeys(values))
    return Condition(attribute.name, condition.operator, unlike, condition.negated)


def _fitting(attribute: Attribute) -> Sequence[Operator]:
    return (Operator.IS,) if attribute.is_closed else tuple(Operator)


def _checked_value(attribute: Attribute, operator: Operator, value: str) -> str:
    text = value.strip()
    is_one_line = len(text.splitlines()) == 1
    if not is_one_line or len(text) > LONGEST_VALUE or CONTROL.search(text):
        raise InvalidInput(
            f"A value of {attribute.name} is one line of 1 to {LONGEST_VALUE} characters.", FIELD
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"A value of {attribute.name} is half a character.", FIELD) from None
    if operator in _NUMERIC and attributes.number(text) is None:
        raise InvalidInput(
            f"{attribute.name} is compared with a number such as 12 or 0.5, not with"
            f" {json.dumps(text, ensure_ascii=False)}.",
            FIELD,
        )
    if operator is Operator.MATCHES:
        patterns.check(text, FIELD)
    return attributes.usual(attribute, text, FIELD)
