"""Moments as the JSON doors read and write them."""

import re
from datetime import datetime
from typing import Annotated, overload

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.core.moments import iso

_BEGINNING = re.compile(r"\d{4}-\d\d-\d\d[Tt ]", re.ASCII)


def _text(value: object) -> object:
    # Of a number, nobody knows whether it is seconds or milliseconds.
    if isinstance(value, str) and _BEGINNING.match(value):
        return value
    raise PydanticCustomError("moment", "Write a moment as 2026-01-15T10:30:00Z")


Moment = Annotated[AwareDatetime, BeforeValidator(_text)]
Written = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A moment as it is sent."""


@overload
def written(moment: datetime) -> str: ...
@overload
def written(moment: datetime | None) -> str | None: ...
def written(moment: datetime | None) -> str | None:
    """Return a moment as `iso` writes it; None stays None."""
    return None if moment is None else iso(moment)
