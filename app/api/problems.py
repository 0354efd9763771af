"""What is wrong with JSON or a query, in plain words, from what pydantic says of it."""

from collections.abc import Iterable
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
    "tuple_type": "has to be a list",
    "none_required": "has to be null",
}
_OF_A_SHAPE = ("enum", "literal_error")
_SENTENCE = "sentence"
# A member of a union that was tried is no member of what was sent.
_TRIED = frozenset({"int", "float"})


def fault(sentence: str) -> PydanticCustomError:
    """Return what a validator raises whose sentence says all there is to say."""
    return PydanticCustomError(_SENTENCE, "{sentence}", {"sentence": sentence})


def first(error: ValidationError, shape: type[BaseModel], what: str = "member") -> tuple[str, str]:
    """Return the first field at fault, and one sentence about it; `what` is what fields are."""
    found = error.errors(include_url=False, include_input=False)[0]
    if found["type"] == "extra_forbidden":
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
    if kind in _OF_A_SHAPE:
        return f"{field}: has to be one of {_list(found.get('ctx', {})['expected'])}."
    if kind in _WORDS:
        return f"{field}: {_WORDS[kind]}."
    return found["msg"] if kind == _SENTENCE else f"{field}: {found['msg']}."


def _meant(name: str, known: Iterable[str]) -> str:
    """Return a question about what may have been meant, "" where nothing is like it."""
    by_letters = {_letters(each): each for each in known}
    close = get_close_matches(_letters(name), by_letters, 1)
    return f" Did you mean {by_letters[close[0]]}?" if close else ""


def _list(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


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
