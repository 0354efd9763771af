"""Who may ask for the variants of a project's visitors: its keys, and the sites that it lists."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import Exists

from app.models import ApiKey, AskingFault, KeyType, Origin, stored_as_value

LATELY = timedelta(days=1)
SERVING_TYPES = frozenset({KeyType.SERVER, KeyType.CLIENT})

ProjectId = int | InstrumentedAttribute[int]


def fault(project_id: ProjectId, moment: datetime) -> ColumnElement[Any]:
    """Return the column that says why no site of a project can ask at `moment`.

    The project is one for all rows, or that of each row.

    A client key that was used lately proves that somebody can: a server may use one, and pages
    that this server delivers itself need not be listed.
    """
    client_key = _works(project_id, KeyType.CLIENT, moment)
    used_lately = client_key.where(ApiKey.last_used_at > moment - LATELY)
    is_listed = exists().where(Origin.project_id == project_id)
    can_ask = or_(
        _works(project_id, KeyType.SERVER, moment), and_(client_key, is_listed), used_lately
    )
    return type_coerce(
        case(
            (can_ask, None), (client_key, AskingFault.NO_SITE.value), else_=AskingFault.NO_KEY.value
        ),
        stored_as_value(AskingFault),
    )


def refuses_pages_of(project_id: int, address: str) -> ColumnElement[bool]:
    """Return the column that says whether a project lists sites, and not the one of an address."""
    of_project = exists().where(Origin.project_id == project_id)
    if not address:
        return false()
    return and_(of_project, not_(of_project.where(Origin.address == address)))


def last_heard(project_id: int) -> Select[datetime | None]:
    """Return the statement for when a project's keys last sent events, to the minute."""
    return select(func.max(ApiKey.last_used_at)).where(
        ApiKey.project_id == project_id, ApiKey.type.in_(SERVING_TYPES)
    )


def _works(project_id: ProjectId, key_type: KeyType, moment: datetime) -> Exists:
    return exists().where(
        ApiKey.project_id == project_id,
        ApiKey.type == key_type,
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > moment),
    )
