"""Answers to requests for slots that whoever asked has not dismissed yet."""

from typing import Any

from sqlalchemy import ColumnElement, exists, text
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import IS_ANSWERED, SlotRequest, table_of

_request = table_of(SlotRequest).c


def has_answer(user: ColumnElement[Any], project_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Return the condition that a user has such an answer in a project."""
    return exists().where(
        _request.user_id == user, _request.project_id == project_id, text(IS_ANSWERED)
    )
