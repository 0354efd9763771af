"""What a backup says of itself."""

from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

SESSIONS = "browser_session"
"""The table that is emptied when a backup is put back: who had signed out since stays so."""


class Contents(NamedTuple):
    """What a copy of a database holds: its schema's version, and the rows of each table."""

    schema_version: str
    rows: dict[str, int]


class Manifest(BaseModel):
    """The facts about a backup, kept in it as JSON.

    It was begun `at`: whatever had been accepted by then is in it.
    """

    model_config = ConfigDict(frozen=True)

    product: Literal["Switchyard"] = "Switchyard"
    format: Literal[1] = 1
    database: str
    schema_version: str
    at: datetime
    rows: dict[str, int]
