"""Whether anybody wants to be told of what happens in a project."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import WebhookEndpoint, table_of

_endpoint = table_of(WebhookEndpoint).c


def is_listened_to(project_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Return the condition that somebody wants to be told of what happens in a project.

    It is read with what every change reads under the lock, and costs no statement of its own.
    """
    return exists().where(_endpoint.project_id == project_id, _endpoint.switched_off.is_(None))
