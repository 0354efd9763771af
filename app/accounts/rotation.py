"""Rotation of keys: a new token takes the place of one that works on for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts import api_keys, key_families, tokens
from app.core.errors import Conflict, Forbidden, InvalidInput
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.unit_of_work import UnitOfWork
from app.models import ApiKey, AuditKind, now

LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True)
class Rotated:
    """A key that took the place of another, and when that ends; `token` is nowhere else."""

    token: str
    key: ApiKey
    replaced: ApiKey
    ends_at: datetime


def rotate(work: UnitOfWork, key_id: int, overlap: timedelta) -> Rotated:
    """Mint a key like another one, which ends after the `overlap`.

    Whoever rotates it makes the new one. Rotated by itself, a key has who made it, ends when it
    would have, and is revoked with it; rotated by a person it works for as long as it was once
    meant to. A part of a unit of work, which sees to what it has planned. Raises NotFound, Conflict
    for a key that has ended or was rotated before, and Forbidden for a key that may give no such.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput(f"An overlap is at most {LONGEST_OVERLAP.days} days.", "overlap")
    session, project_id, actor = work.session, work.project_id, work.actor
    old, moment = api_keys.of_project(session, project_id, key_id), now()
    is_replaced = session.scalar(select(exists().where(ApiKey.replaces_id == old.id))) is True
    if why := closed_because(old, is_replaced=is_replaced):
        raise Conflict(why)
    token = tokens.new(old.type)
    key = api_keys.of_token(project_id, old.type, old.name, token)
    key.replaces_id, key.scopes = old.id, old.scopes
    if actor.api_key_id is None:
        key.made_by_id = actor.user_id
        key.expires_at = old.expires_at and moment + (old.expires_at - old.created_at)
    else:
        _take_place(session, key, old, session.get_one(ApiKey, actor.api_key_id))
    ends_at = min(moment + overlap, old.expires_at or moment + overlap)
    old.expires_at = ends_at
    session.add(key)
    session.flush()
    ends = ends_at.isoformat(timespec="seconds")
    audit.enter_of(work, Deed(AuditKind.KEY_ROTATED, key.name, changed(old_ends_at=(None, ends))))
    project_row.bump_version(session, project_id)
    return Rotated(token, key, old, ends_at)


def closed_because(key: ApiKey, *, is_replaced: bool) -> str:
    """Return why a key is not rotated any more, "" where it may be."""
    if not api_keys.works(key):
        return "This key has ended: create another."
    if is_replaced:
        return "This key was rotated already: rotate the one that took its place."
    return ""


def _take_place(session: Session, key: ApiKey, old: ApiKey, asking: ApiKey) -> None:
    """Give a key that another one asks for what that may give, and no more than the old one had."""
    # It ends with the old one: a leaked key does not outlive its revocation by rotating itself.
    key.made_by_id, key.parent_id = old.made_by_id, old.id
    key.expires_at = old.expires_at
    if asking.id == old.id:
        return
    if asking.id in key_families.in_project(session, old.project_id).of(old.id):
        raise Forbidden("A key does not rotate the one that it ends with.")
    api_keys.require_gives(asking, key)
    key.made_by_id, key.parent_id = asking.made_by_id, asking.id
    key.expires_at = api_keys.earlier(old.expires_at, asking.expires_at)
