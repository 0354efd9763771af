"""What is wrong with JSON or a query, in plain words, from what pydantic says of it."""

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

_WORDS = {
    "missing": "is missing",
    "string_type": "has to be a text",
    "int_type": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_type": "has to be a number",
    "bool_type": "has to be true or false",
    "list_type": "has to be a list",
    "dict_type": "has to be an object",
    "model_type": "has to be an object",
    "model_attributes_type": "has to be an object",
    "tuple_type": "has to be a list",
    "none_required": "has to be null",
    "enum": "has to be one of {expected}",
    "literal_error": "has to be one of {expected}",
    "timezone_aware": "needs a time zone, as 2026-01-15T10:30:00Z has",
    "greater_than_equal": "has to be at least {ge}",
    "less_than_equal": "has to be at most {le}",
    "too_short": "is too short: at least {min_length}",
    "too_long": "is too long: at most {max_length}",
    "string_too_short": "is too short: at least {min_length}",
    "string_too_long": "is too long: at most {max_length}",
    "union_tag_not_found": "{discriminator} is missing",
    "union_tag_invalid": "{discriminator} has to be one of {expected_tags}",
}
_SENTENCE = "sentence"
_UNKNOWN = "extra_forbidden"
# As like as these two have to be, from 0 to 1: timestamp is as time, status is not as tags.
_ALIKE = 0.61
# A member of a union that was tried is no member of what was sent.
_TRIED = frozenset({"int", "float"})


# Of what a longer name begins with, as `timestamp` with `time`.
_SHORTEST = 4


def fault(sentence: str) -> PydanticCustomError:
    """Return what a validator raises whose sentence says all there is to say."""
    return PydanticCustomError(_SENTENCE, "{sentence}", {"sentence": sentence})


def first(error: ValidationError, shape: type[BaseModel], what: str = "member") -> tuple[str, str]:
    """Return a field at fault, and one sentence about it; `what` is what fields are.

    One that is not known comes first: what is missing may be what it was meant for.
    """
    faults = error.errors(include_url=False, include_input=False)
    found = next((each for each in faults if each["type"] == _UNKNOWN), faults[0])
    if found["type"] == _UNKNOWN:
        field = _path(found["loc"])
        known = _model_at(shape, found["loc"][:-1]).model_fields
        return field, f"There is no {what} {field} here.{_meant(str(found['loc'][-1]), known)}"
    is_tried = len(found["loc"]) > 1 and found["loc"][-1] in _TRIED
    field = _path(found["loc"][:-1] if is_tried else found["loc"])
    return field, f"{field}: has to be a number." if is_tried else _sentence(field, found)


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "body"


def _sentence(field: str, found: ErrorDetails) -> str:
    kind = found["type"]
    if kind in _WORDS:
        told = {name: _plain(_written(value)) for name, value in found.get("ctx", {}).items()}
        return f"{field}: {_WORDS[kind].format(**told)}."
    return found["msg"] if kind == _SENTENCE else f"{field}: {found['msg']}."


def _meant(name: str, known: Iterable[str]) -> str:
    """Return a question about what may have been meant, "" where nothing is like it."""
    by_letters = {_letters(each): each for each in known}
    written = _letters(name)
    begins = [each for each in by_letters if len(each) >= _SHORTEST and written.startswith(each)]
    close = get_close_matches(written, by_letters, 1, _ALIKE) or begins
    return f" Did you mean {by_letters[close[0]]}?" if close else ""


def _written(value: object) -> str:
    return f"{Decimal(str(value)).normalize():,f}" if isinstance(value, float) else str(value)


def _plain(told: str) -> str:
    return told.replace("'", "").replace(" or ", ", ")


def _letters(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())


def _model_at(shape: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the shape of what is at a place within `shape`."""
    for part in place:
        if isinstance(part, str) and part in shape.model_fields:
            shape = _model_in(shape.model_fields[part].annotation) or shape
    return shape


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if each), None)
