"""Moments as the JSON doors read and write them."""

import re
from datetime import datetime
from typing import Annotated, overload

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

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
    """ISO 8601 in UTC to the millisecond, as 2026-01-15T10:30:00.000Z; None stays None."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
