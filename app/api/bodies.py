"""JSON bodies, read strictly."""

from collections.abc import Callable
from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import HTTPException

from app.core.errors import InvalidInput, Malformed

Body = TypeVar("Body", bound=BaseModel)


def read(shape: type[Body]) -> Body:
    """Return the request's body as `shape`.

    Raises RequestEntityTooLarge above the limit of `request_checks`, Malformed when it is no JSON,
    and InvalidInput, naming the first field at fault, when it is JSON of another shape.
    """
    sent = request.get_data()
    # A body sent in chunks has been cut at the limit without a word: asking for more raises 413.
    request.stream.read(1)
    try:
        return shape.model_validate(from_json(sent, allow_inf_nan=False))
    except ValidationError as error:
        field, sentence = first_problem(error)
        raise InvalidInput(sentence, field) from None
    except ValueError:
        raise Malformed("The body is not valid JSON.") from None


def read_after(exists: Callable[[], object], read_body: Callable[[], Body]) -> Body:
    """Return what `read_body` reads; before it is found fault with, `exists` may raise NotFound.

    So a request for nothing that there is says so, and one that is in order costs no look-up.
    """
    try:
        return read_body()
    except (InvalidInput, HTTPException):
        exists()
        raise


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the first field at fault, and one sentence about it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return field, f"{field}: {first['msg']}."
