"""Access by key: whom an admin key lets in, and when it was last used."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import key_rights, tokens
from app.accounts.caller import Caller
from app.core import current_request, waiting
from app.core.errors import Unauthenticated, Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.database.engine import read_row
from app.database.prepared import Prepared
from app.database.transactions import writing
from app.models import ApiKey, KeyType, Project, now, table_of

LAST_USED_PRECISION = timedelta(minutes=1)
SECONDS_TO_NOTE = 0.05

_projects, _api_keys = table_of(Project), table_of(ApiKey)
_project, _api_key = _projects.c, _api_keys.c

_OF_PROJECT = (_project.id, _project.key, _project.name, _project.version, _project.nonce)

_by_token = Prepared(
    select(
        *_OF_PROJECT,
        _api_key.id.label("api_key_id"),
        _api_key.type,
        _api_key.expires_at,
        _api_key.revoked_at,
        _api_key.last_used_at,
        _api_key.scopes,
        _api_key.made_by_id,
        key_rights.MAKERS_ROLE.label("makers_role"),
        _project.retired_at,
    )
    .select_from(key_rights.KEYS)
    .where(_api_key.token_hash == bindparam("token_hash"))
)
_note_use = (
    update(_api_keys)
    .where(
        _api_key.id == bindparam("used"),
        (_api_key.last_used_at < bindparam("before")) | _api_key.last_used_at.is_(None),
    )
    .values(last_used_at=bindparam("moment"))
)


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(token: str) -> Caller:
    """Return the caller with this admin key.

    Unauthenticated when it is unknown, revoked, expired, a key for visitors alone, of somebody who
    has left the project, or of a retired project.
    """
    row = (
        None
        if tokens.is_mistyped(token)
        else read_row(_by_token, {"token_hash": token_hash(token)})
    )
    moment = now()
    if row is None or not key_rights.is_valid(row.revoked_at, row.expires_at, moment):
        raise Unauthenticated(key_rights.NO_KEY)
    if row.type is not KeyType.ADMIN:
        raise Unauthenticated(
            f"This is a {row.type} key: it may evaluate and collect, nothing else."
        )
    if row.retired_at:
        raise Unauthenticated("The project of this key is retired.")
    role = key_rights.role_of(row.made_by_id, row.makers_role)
    if row.last_used_at is None or moment - row.last_used_at > LAST_USED_PRECISION:
        _try_to_note_use(row.api_key_id, moment)
    project = row[: len(_OF_PROJECT)]
    return Caller(*project, role=role, api_key_id=row.api_key_id, scopes=row.scopes)


def _try_to_note_use(api_key_id: int, moment: datetime) -> None:
    """Note a use, if that can be done now: nobody is kept from reading, nor waits for long."""
    try:
        with current_request.beside_it(), waiting.at_most(SECONDS_TO_NOTE), writing() as session:
            note_use(session, api_key_id, moment)
    except (SQLAlchemyError, Unavailable) as error:
        if not told_as_unavailable(error):
            raise
        log_rarely("use not noted", "when keys were used cannot be noted: %s", first_line(error))


def note_use(session: Session, api_key_id: int, moment: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    values = {"used": api_key_id, "moment": moment, "before": moment - LAST_USED_PRECISION}
    session.execute(_note_use, values)
