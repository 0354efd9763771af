"""JSON bodies, read strictly."""

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError

from app.errors import InvalidInput, Malformed

Body = TypeVar("Body", bound=BaseModel)


def read(shape: type[Body]) -> Body:
    """The request's body as `shape`.

    Raises Malformed when it is no JSON, and InvalidInput, naming the first field at fault, when it
    is JSON of another shape.
    """
    try:
        return shape.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise Malformed("The body is not valid JSON.") from None
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidInput(f"{field}: {first['msg']}.", field) from None
