"""API keys: minted, shown once, listed, revoked."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session, joinedload

from app.accounts import key_access, key_families, key_rights, tokens
from app.accounts.asking import SERVING_TYPES
from app.accounts.rights import changing_by_right
from app.core.errors import Forbidden, InvalidInput, NotFound
from app.core.paging import Cursor
from app.core.validation import checked_name
from app.database.engine import db
from app.database.rows import audit, project_row
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.models import (
    Actor,
    ApiKey,
    AuditKind,
    FieldChange,
    KeyType,
    Role,
    Scope,
    User,
    in_order,
    now,
)

ALL = frozenset(Scope)

LONGEST_LIFETIME = timedelta(days=3650)


@dataclass(frozen=True)
class Minted:
    """A new key. `token` is nowhere else: whoever asked for it has to keep it."""

    token: str
    key: ApiKey


@dataclass(frozen=True)
class Page:
    """Some keys with whoever made them, and the place of the next page, None on the last."""

    keys: Sequence[ApiKey]
    next_after: Cursor | None


def mint(
    project_id: int,
    key_type: KeyType,
    name: str,
    actor: Actor,
    lifetime: timedelta | None = None,
    scopes: Collection[Scope] | None = None,
) -> Minted:
    """Mint a key that works for `lifetime`, for ever without one; an admin key for these `scopes`.

    It gives no more than whoever mints it may at any time. One that is minted by a key works no
    longer than that: it expires with it, and is revoked with it. It has the scopes of that, where
    none are said. Raises InvalidInput, for more than LONGEST_LIFETIME too, Forbidden for a scope
    that a key has not itself, and what `rights.changing_by_right` raises.
    """
    token = tokens.new(key_type)
    key = of_token(project_id, key_type, checked_name(name), token)
    if lifetime and lifetime > LONGEST_LIFETIME:
        raise InvalidInput(f"A key works for at most {LONGEST_LIFETIME.days} days.", "lifetime")
    key.expires_at = now() + lifetime if lifetime else None
    key.scopes = _checked_scopes(key_type, scopes)
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        session = work.session
        if actor.api_key_id is None:
            key.made_by_id = actor.user_id
        else:
            _make_child(key, session.get_one(ApiKey, actor.api_key_id))
        session.add(key)
        if key_type in SERVING_TYPES:
            # What pages say of who can ask for variants may be another now.
            project_row.bump_version(session, project_id)
        audit.enter_of(work, Deed(AuditKind.KEY_CREATED, key.name, _facts(key)))
        return Minted(token, detached(session, key))


def _facts(key: ApiKey) -> list[FieldChange]:
    """Return what the audit trail says of a new key: never its token."""
    return changed(
        type=(None, key.type),
        scopes=(None, None if key.scopes is None else in_order(key.scopes)),
        expires_at=(None, key.expires_at and key.expires_at.isoformat(timespec="seconds")),
    )


def _checked_scopes(key_type: KeyType, scopes: Collection[Scope] | None) -> frozenset[Scope] | None:
    if scopes is None:
        return None
    if key_type is not KeyType.ADMIN:
        raise InvalidInput("Only admin keys have scopes: leave them out.", "scopes")
    if not scopes:
        raise InvalidInput("Name at least one scope, or leave them out for all.", "scopes")
    return frozenset(scopes)


def _make_child(key: ApiKey, parent: ApiKey) -> None:
    """Give a key no more than what mints it; without scopes of its own, the same."""
    if key.type is KeyType.ADMIN and key.scopes is None:
        key.scopes = parent.scopes
    require_gives(parent, key)
    key.parent_id, key.made_by_id = parent.id, parent.made_by_id
    key.expires_at = earlier(key.expires_at, parent.expires_at)


def require_gives(parent: ApiKey, key: ApiKey) -> None:
    """Raise Forbidden where a key is to have a scope that its parent has not."""
    if key.type is not KeyType.ADMIN or parent.scopes is None:
        return
    beyond = (ALL if key.scopes is None else key.scopes) - parent.scopes
    if beyond:
        missing = ", ".join(in_order(beyond))
        raise Forbidden(f"A key gives no scope that it has not itself: {missing}.")


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two ends; None is none."""
    return min((each for each in (one, other) if each), default=None)


def of_token(project_id: int, key_type: KeyType, name: str, token: str) -> ApiKey:
    """Return the row that a token is known by.

    It holds a client key's token alone, which is no secret.
    """
    return ApiKey(
        project_id=project_id,
        type=key_type,
        name=name,
        prefix=tokens.PREFIXES[key_type],
        last4=token[-4:],
        token_hash=key_access.token_hash(token),
        public_token=token if key_type is KeyType.CLIENT else None,
    )


def listed(project_id: int) -> Sequence[ApiKey]:
    """Return a project's keys with whoever made them, newest first, revoked ones too."""
    return db.session.scalars(_OF_PROJECT.where(ApiKey.project_id == project_id)).all()


def one(project_id: int, key_id: int) -> ApiKey:
    """Return a key of a project, for a page. Raises NotFound."""
    return of_project(db.session(), project_id, key_id)


def page(project_id: int, after: Cursor | None, limit: int, q: str = "") -> Page:
    """Return a page of a project's keys, newest first: those with `q` in their name."""
    statement = _OF_PROJECT.where(ApiKey.project_id == project_id).limit(limit + 1)
    if after:
        statement = statement.where(ApiKey.id < after.id)
    if q:
        statement = statement.where(ApiKey.name.icontains(q, autoescape=True))
    found = db.session.scalars(statement).all()
    shown = found[:limit]
    return Page(shown, Cursor(shown[-1].id) if len(found) > limit else None)


def names_by_maker(
    project_id: int, types: Collection[KeyType] = (KeyType.ADMIN,)
) -> Mapping[int, Sequence[str]]:
    """Return the names of a project's keys of some types that work, by the id of their makers."""
    found = defaultdict[int, list[str]](list)
    for key in listed(project_id):
        if key.made_by_id is not None and key.type in types and works(key):
            found[key.made_by_id].append(key.name)
    return found


def made_by(session: Session, project_id: int, user_id: int) -> tuple[int, ...]:
    """Return the ids of a project's keys that have the rights of a person."""
    statement = select(ApiKey.id).where(
        ApiKey.project_id == project_id, ApiKey.made_by_id == user_id
    )
    return tuple(session.scalars(statement))


def client_key(project_id: int) -> str | None:
    """Return the token of the project's newest client key that works."""
    tokens = (key.public_token for key in listed(project_id) if works(key))
    return next(filter(None, tokens), None)


def works(key: ApiKey) -> bool:
    """Return whether the key opens its project now."""
    return key_rights.is_valid(key.revoked_at, key.expires_at, now())


def revoke(work: UnitOfWork, key_id: int, why: str = "") -> tuple[str, tuple[int, ...]]:
    """End a key, those it minted, and the one whose place it took, at once and for ever.

    Again it changes nothing. The audit trail keeps `why`.

    Returns the key's name and the ids of all of them. A part of a unit of work, which sees to what
    they have planned. Raises NotFound.
    """
    session, project_id = work.session, work.project_id
    key = of_project(session, project_id, key_id)
    ids = key_families.in_project(session, project_id).of(key_id)
    _revoke(work, ApiKey.id.in_(ids), why)
    return key.name, ids


def revoke_made_by(work: UnitOfWork, user_id: int, types: Collection[KeyType], why: str) -> None:
    """End a person's keys of some types, as a part of the unit of work in which they leave.

    Those that their keys minted are theirs, too; of other types they go on.
    """
    is_theirs = and_(ApiKey.project_id == work.project_id, ApiKey.made_by_id == user_id)
    _revoke(work, is_theirs & ApiKey.type.in_(types), why)


def _revoke(work: UnitOfWork, which: ColumnElement[bool], why: str) -> None:
    ended = work.session.scalars(
        update(ApiKey)
        .where(which, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(ApiKey.name)
        .execution_options(synchronize_session=False)
    )
    for name in ended.all():
        audit.enter_of(work, Deed(AuditKind.KEY_REVOKED, name, detail=why))
    project_row.bump_version(work.session, work.project_id)


def of_project(session: Session, project_id: int, key_id: int) -> ApiKey:
    """Return a key of a project; NotFound when it has no such key."""
    key = session.get(ApiKey, key_id)
    if key is None or key.project_id != project_id:
        raise NotFound("Key not found.")
    return key


_OF_PROJECT = (
    select(ApiKey)
    .options(
        joinedload(ApiKey.made_by).load_only(User.email, raiseload=True),
        joinedload(ApiKey.parent).load_only(ApiKey.name, raiseload=True),
    )
    .order_by(ApiKey.id.desc())
)
