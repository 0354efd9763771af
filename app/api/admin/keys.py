"""The project's API keys, for programs."""

from datetime import timedelta
from typing import Annotated, Literal

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, StrictStr

from app.accounts import api_keys
from app.accounts.caller import Caller
from app.accounts.rotation import LONGEST_OVERLAP
from app.api import cursors, problems, queries, shown_once
from app.api.admin import callers, planned
from app.api.bodies import Body, OptionalBody
from app.api.moments import written
from app.api.queries import Query
from app.core.paging import Cursor
from app.lifecycle import StartsChoice
from app.models import ApiKey, Door, KeyType, Role, Scope
from app.tenancy import access_changes

blueprint = Blueprint("admin_keys", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Keys")

ONE = "/keys/<int(max=2147483647):key_id>"
ENVIRONMENT = "prod"
"""The one that there is: the contract's clients always name it."""
LARGEST_LIMIT = 500
MOST_DAYS = 3650
MOST_HOURS = LONGEST_OVERLAP // timedelta(hours=1)
SHOWN_BEFORE = (
    "The token was in the first answer, and is kept nowhere. Revoke this key and mint another."
)


def _whole(name: str, smallest: int, largest: int) -> BeforeValidator:
    def checked(sent: object) -> object:
        if sent is None or (type(sent) is int and smallest <= sent <= largest):
            return sent
        raise problems.fault(f"{name} is a whole number from {smallest} to {largest}.")

    return BeforeValidator(checked)


class KeyBody(Body):
    """The body that mints a key; without scopes, an admin key may do everything."""

    type: KeyType
    name: StrictStr = "API key"
    scopes: list[Scope] | None = None
    expiresInDays: Annotated[int | None, _whole("expiresInDays", 1, MOST_DAYS)] = None  # noqa: N815 - the contract's word
    env: Literal["prod"] | None = None

    @property
    def lifetime(self) -> timedelta | None:
        """Return for how long it is to work, None for ever."""
        return None if self.expiresInDays is None else timedelta(days=self.expiresInDays)


class RevokeBody(OptionalBody):
    """What becomes of the starts that the key has planned, where there are any."""

    starts: StartsChoice | None = None


class RotateBody(OptionalBody):
    """For how many hours the token of before goes on working."""

    overlapHours: Annotated[int, _whole("overlapHours", 0, MOST_HOURS)] = 24  # noqa: N815 - as the contract's words are

    @property
    def overlap(self) -> timedelta:
        """Return for how long."""
        return timedelta(hours=self.overlapHours)


class PageQuery(Query):
    """A page of keys, after the one that `cursor` names; of those with `q` in their name."""

    limit: Annotated[int, queries.whole("limit", 1, LARGEST_LIMIT)] = 100
    cursor: str = ""
    q: str = ""


@operations.get("/keys", Scope.KEYS, role=Role.OWNER)
def list_keys(caller: Caller, query: PageQuery) -> ResponseReturnValue:
    """Return a page of the project's keys, newest first, revoked ones too; never a token."""
    before = cursors.read(query.cursor)
    found = api_keys.page(caller.project_id, before and before.id, query.limit, query.q)
    shown = found[: query.limit]
    last = Cursor(shown[-1].id) if len(found) > query.limit else None
    return jsonify(data=[_listed(key) for key in shown], next_cursor=cursors.written(last))


@operations.post("/keys", Scope.KEYS, role=Role.OWNER)
def mint_key(caller: Caller, body: KeyBody) -> ResponseReturnValue:
    """Mint a key of the project; its token is in this answer and never again."""
    actor = caller.actor(Door.NAMES)
    minted = api_keys.mint(
        caller.project_id, body.type, body.name, actor, body.lifetime, body.scopes
    )
    return _told(minted.key, minted.token)


@operations.post(f"{ONE}/revoke", Scope.KEYS, role=Role.OWNER)
def revoke_key(caller: Caller, key_id: int, body: RevokeBody) -> ResponseReturnValue:
    """End a key at once and for good, with those that it minted; again changes nothing.

    Says what it had `planned`: stops are its revoker's from then on, starts as `starts` says.
    """
    actor = caller.actor(Door.NAMES)
    ended = access_changes.revoke_key(caller.project_id, key_id, actor, body.starts)
    return jsonify(id=str(key_id), revoked=True, planned=planned.shown(ended))


@operations.post(f"{ONE}/rotate", Scope.KEYS, role=Role.OWNER)
def rotate_key(caller: Caller, key_id: int, body: RotateBody) -> ResponseReturnValue:
    """Mint a key that takes the place of another; the answer says when that one ends."""
    actor = caller.actor(Door.NAMES)
    rotated = access_changes.rotate_key(caller.project_id, key_id, actor, body.overlap)
    replaced = {"id": str(key_id), "works_until": written(rotated.ends_at)}
    return _told(rotated.key, rotated.token, replaced=replaced)


def _told(key: ApiKey, token: str, **members: object) -> ResponseReturnValue:
    """Return a new key with its token, which is shown once."""
    shown_once.note("key", SHOWN_BEFORE)
    return jsonify(
        id=str(key.id),
        type=key.type,
        env=ENVIRONMENT,
        name=key.name,
        key=token,
        scopes=_named(key.scopes),
        created_at=written(key.created_at),
        expires_at=written(key.expires_at),
        **members,
    ), 201


def _listed(key: ApiKey) -> dict[str, object]:
    return {
        "id": str(key.id),
        "type": key.type,
        "env": ENVIRONMENT,
        "name": key.name,
        "prefix": key.prefix,
        "last4": key.last4,
        "scopes": _named(key.scopes),
        "created_by_email": key.made_by and key.made_by.email,
        "created_by_key": key.parent and {"id": str(key.parent.id), "name": key.parent.name},
        "replaces": None if key.replaces_id is None else str(key.replaces_id),
        "created_at": written(key.created_at),
        "expires_at": written(key.expires_at),
        "revoked_at": written(key.revoked_at),
        "last_used_at": written(key.last_used_at),
    }


def _named(scopes: frozenset[Scope] | None) -> list[str] | None:
    """Return the scopes in their order, null for a key that is not limited."""
    return None if scopes is None else [scope for scope in Scope if scope in scopes]
