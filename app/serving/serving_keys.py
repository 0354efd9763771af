"""The keys that evaluate and collect, as they are read."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.accounts import key_access, key_rights, tokens
from app.accounts.asking import SERVING_TYPES
from app.core.errors import Unauthenticated
from app.database.engine import db
from app.models import ApiKey, KeyType, Project, now, table_of
from app.serving.running_experiments import Version


@dataclass(frozen=True)
class ServingKey:
    """A key that evaluates and collects, and the version of its project when it was read.

    `read_at` is the moment before that, in this process's seconds.
    """

    id: int
    type: KeyType
    project_id: int
    expires_at: datetime | None
    project_version: Version
    read_at: float


def read(token: str) -> ServingKey:
    """Return the server or client key with this token. Raises Unauthenticated where it is none."""
    read_at = time.monotonic()
    values = {"token_hash": key_access.token_hash(token)}
    row = None if tokens.is_mistyped(token) else db.session.execute(_key_by_token, values).first()
    return _checked(row, read_at)


def read_all(tokens: Sequence[str]) -> list[ServingKey | None]:
    """Return the key of each of these tokens, None for one that is none or has ended."""
    read_at = time.monotonic()
    hashes = [key_access.token_hash(token) for token in tokens]
    rows = db.session.execute(_keys_by_token, {"token_hashes": hashes})
    found = {row.token_hash: row for row in rows}
    return [_checked_or_none(found.get(each), read_at) for each in hashes]


def _checked_or_none(row: Row[*tuple[Any, ...]] | None, read_at: float) -> ServingKey | None:
    try:
        return _checked(row, read_at)
    except Unauthenticated:
        return None


def _checked(row: Row[*tuple[Any, ...]] | None, read_at: float) -> ServingKey:
    """Return the key that was read. Raises Unauthenticated where it is none, or has ended."""
    if row is None or not key_rights.is_valid(row.revoked_at, row.expires_at, now()):
        raise Unauthenticated(key_rights.NO_KEY)
    if row.type not in SERVING_TYPES:
        raise Unauthenticated("This takes a server or a client key; an admin key is for changes.")
    if row.retired_at:
        raise Unauthenticated("The project of this key is retired.")
    version = row.version, row.nonce
    return ServingKey(row.id, row.type, row.project_id, row.expires_at, version, read_at)


_key, _project = table_of(ApiKey).c, table_of(Project).c
_keys = select(
    _key.id,
    _key.type,
    _key.project_id,
    _project.version,
    _project.nonce,
    _key.revoked_at,
    _key.expires_at,
    _project.retired_at,
).join_from(table_of(ApiKey), table_of(Project))
_key_by_token = _keys.where(_key.token_hash == bindparam("token_hash"))
_keys_by_token = _keys.add_columns(_key.token_hash).where(
    _key.token_hash.in_(bindparam("token_hashes", expanding=True))
)
