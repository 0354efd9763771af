"""JSON bodies, read strictly."""

import codecs
import json
from typing import ClassVar, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from werkzeug.exceptions import UnsupportedMediaType

from app.api import problems
from app.core.errors import InvalidInput, Malformed


class Body(BaseModel, extra="forbid"):
    """A body with no members but its own; what nobody would heed is refused.

    Unless a contract lets its clients send more, and says so in a class of its own. `header_names`
    are what is read of the headers besides, where there is such a body.
    """

    header_names: ClassVar[tuple[str, ...]] = ()

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Return the names of members that were sent and are not heeded."""
        return tuple(self.model_extra or ())


class OptionalBody(Body):
    """A body that may be left out, or null."""


class NoBody(OptionalBody):
    """No body, or one without members."""


Shape = TypeVar("Shape", bound=BaseModel)


def read(shape: type[Shape]) -> Shape:
    """Return the request's body as `shape`.

    Raises UnsupportedMediaType for a compressed one, RequestEntityTooLarge above the limit of
    `request_checks`, Malformed when it is no JSON, and InvalidInput, naming the first field at
    fault, when it is JSON of another shape.
    """
    if request.content_encoding not in {None, "identity"}:
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")
    sent = request.get_data().removeprefix(codecs.BOM_UTF8)
    # A body sent in chunks has been cut at the limit without a word: asking for more raises 413.
    request.stream.read(1)
    if not sent and issubclass(shape, OptionalBody):
        return shape()
    try:
        members = from_json(sent, allow_inf_nan=False)
        _refuse_twice(sent)
        is_left_out = members is None and issubclass(shape, OptionalBody)
        return shape.model_validate({} if is_left_out else members)
    except ValidationError as error:
        field, sentence = problems.first(error, shape)
        raise InvalidInput(sentence, field) from None
    except ValueError:
        raise Malformed("The body is not valid JSON.") from None


def _refuse_twice(sent: bytes) -> None:
    """Raise InvalidInput for a member that is sent twice: which of them is meant is not said."""
    _ONCE.decode(sent.decode())


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"{twice} is given more than once.", twice)
    return members


_ONCE = json.JSONDecoder(object_pairs_hook=_members)
