"""Texts and numbers that are sent, with what the document says of them.

What becomes of others is said by the services' own rules (`app.core.validation`): these describe
those for whoever makes a request, and check nothing.
"""

from typing import Annotated, Any

from pydantic import Field, StrictFloat, StrictInt, StrictStr, WithJsonSchema

from app.core.validation import (
    DESCRIPTION_LENGTH,
    EMAIL_PATTERN,
    HYPOTHESIS_LENGTH,
    KEY_PATTERN,
    LARGEST_NUMBER,
    NAME_LENGTH,
    REASON_LENGTH,
    URL_LENGTH,
)
from app.database.rows.answered_requests import LONGEST_ID
from app.experiments.caps import LARGEST_CAP, SMALLEST_CAP
from app.experiments.measures import CURRENCY_PATTERN
from app.models import LONGEST_WINDOW_DAYS, WHOLE

Schema = dict[str, Any]

_CONTROL = r"\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_CONTROL_BUT_LINES = _CONTROL.replace(r"\u001f", r"\u0008\u000b\u000c\u000e-\u001f")
# The most usual of what is not drawn by itself.
_UNSEEN = (
    r" \u00a0\u00ad\u0300-\u036f\u115f\u1160\u1680\u2000-\u200f\u2028\u2029\u202f\u205f-\u2065"
    r"\u206a-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_LINE = rf"[^{_CONTROL}\u2028\u2029]*"
_LINES = rf"[^{_CONTROL_BUT_LINES}]*"
_SEEN = rf"[^{_CONTROL}{_UNSEEN}]"
_PORT = r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}))?"
_ADDRESS = rf"https?://[^\u0000- \u007f-\u009f/?#@:\[\]\\]+{_PORT}"
_PAGE = rf"{_ADDRESS}([/?#][^{_CONTROL}\s]*)?"
_RECEIVER = rf"https://[a-z0-9]+(\.[a-z0-9]+)*\.[a-z]{{2,10}}{_PORT}(/[A-Za-z0-9._~/-]*)?"
_ORIGIN = rf"https?://[a-z0-9]([a-z0-9._-]*[a-z0-9])?{_PORT}"


def text(pattern: str, shortest: int = 0, longest: int | None = None) -> Schema:
    """Return the schema of a text that is wholly of this pattern, and of such a length."""
    lengths = {"minLength": shortest or None, "maxLength": longest}
    limits = {name: length for name, length in lengths.items() if length is not None}
    return {"type": "string", "pattern": f"^{pattern}$", **limits}


KEY: Schema = text(KEY_PATTERN.pattern)
KEY_OR_NONE: Schema = text(f"({KEY_PATTERN.pattern})?")
EMAIL: Schema = text(EMAIL_PATTERN.pattern)

Name = Annotated[StrictStr, WithJsonSchema(text(_LINE + _SEEN + _LINE, 1, NAME_LENGTH))]
NameOrNone = Annotated[StrictStr, WithJsonSchema(text(f"({_LINE}{_SEEN}{_LINE})?", 0, NAME_LENGTH))]
Key = Annotated[StrictStr, WithJsonSchema(KEY)]
KeyOrNone = Annotated[StrictStr, WithJsonSchema(KEY_OR_NONE)]
Reference = Annotated[StrictStr, WithJsonSchema(KEY)]
"""The `exp_` id of an experiment, or its key, which looks alike."""
Email = Annotated[StrictStr, WithJsonSchema(EMAIL)]
EmailOrNone = Annotated[StrictStr, WithJsonSchema(text(f"({EMAIL_PATTERN.pattern})?"))]
Tag = Annotated[StrictStr, WithJsonSchema(text(f"[^{_CONTROL}]*"))]
Address = Annotated[StrictStr, WithJsonSchema(text(f"({_PAGE})?", 0, URL_LENGTH))]
WebhookAddress = Annotated[StrictStr, WithJsonSchema(text(_RECEIVER, 1, URL_LENGTH))]
TimeZone = Annotated[StrictStr, WithJsonSchema(text("(UTC|[A-Z][a-z]+/[A-Z][A-Za-z_]+)"))]
"""Some of the names of the IANA database; whether one is among them is not told by its look."""
Origin = Annotated[StrictStr, WithJsonSchema(text(_ORIGIN))]
DescriptionText = Annotated[StrictStr, WithJsonSchema(text(_LINES, 0, DESCRIPTION_LENGTH))]
HypothesisText = Annotated[StrictStr, WithJsonSchema(text(_LINES, 0, HYPOTHESIS_LENGTH))]
ReasonText = Annotated[StrictStr, WithJsonSchema(text(_LINES, 0, REASON_LENGTH))]
NoteText = Annotated[StrictStr, WithJsonSchema(text(_LINES + _SEEN + _LINES, 1, REASON_LENGTH))]
Asked = Annotated[StrictStr, WithJsonSchema(text(r"[^\u0000]*"))]
"""What is asked for in a query: no text in the database holds a NUL."""
Day = Annotated[StrictStr, WithJsonSchema(text("([0-9]{4}-[0-9]{2}-[0-9]{2})?"))]
Percentage = Annotated[
    StrictInt | StrictFloat, Field(json_schema_extra={"minimum": 0, "maximum": 100})
]
Cap = Annotated[StrictInt | StrictFloat, Field(ge=SMALLEST_CAP, le=LARGEST_CAP)]
Count = Annotated[
    StrictInt, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER})
]
CurrencyOrNone = Annotated[
    StrictStr | None, WithJsonSchema({"anyOf": [text(CURRENCY_PATTERN.pattern), {"type": "null"}]})
]
WindowDays = Annotated[
    StrictInt | None,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LONGEST_WINDOW_DAYS},
                {"type": "null"},
            ]
        }
    ),
]

_VISIBLE = r"!-~\u00a1-\u00ac\u00ae-\u00ff"
REQUEST_KEY: Schema = text(f"[ {_VISIBLE}]*[{_VISIBLE}][ {_VISIBLE}]*", 1, LONGEST_ID)
RequestKey = Annotated[StrictStr, WithJsonSchema(REQUEST_KEY)]


def only_where(member: str, value: str, other: str) -> Schema:
    """Return what a schema says where `other` may be sent only with such a value of `member`."""
    return {
        "if": {"properties": {member: {"const": value}}},
        "else": {"properties": {other: {"type": "null"}}},
    }


def one_of_both(member: str, other: str) -> Schema:
    """Return what a schema says where one of two texts has to be sent, and not empty."""
    sent, instead = (
        {"required": [each], "properties": {each: {"type": "string", "minLength": 1}}}
        for each in (member, other)
    )
    return {"if": sent, "else": instead}


def whole(smallest: int, largest: int) -> WithJsonSchema:
    """Return the schema of a whole number in a range."""
    return WithJsonSchema({"type": "integer", "minimum": smallest, "maximum": largest})


BasisPoints = Annotated[StrictInt, whole(0, WHOLE)]
