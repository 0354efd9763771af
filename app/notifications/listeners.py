"""Whether anybody wants to be told of what happens in a project."""

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from app.models import AnnouncementKind, WebhookEndpoint, table_of
from app.notifications.mail.readers import has_reader

_endpoint = table_of(WebhookEndpoint).c


def is_listened_to(
    project_id: SQLCoreOperations[int], kind: AnnouncementKind
) -> ColumnElement[bool]:
    """Return the condition that somebody wants to be told of a kind in a project.

    That is any webhook that is on, or a member who is to be mailed. It is read with what every
    change reads under the lock, and costs no statement of its own.
    """
    has_webhook = exists().where(
        _endpoint.project_id == project_id, _endpoint.switched_off.is_(None)
    )
    return or_(has_webhook, has_reader(project_id, kind))
