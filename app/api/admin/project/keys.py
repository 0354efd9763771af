"""The project's API keys, for programs."""

from datetime import timedelta
from typing import Annotated, Literal, NotRequired

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from app.accounts import api_keys
from app.accounts.caller import Caller
from app.accounts.rotation import LONGEST_OVERLAP
from app.api import cursors, queries, shapes, shown_once, whole_numbers
from app.api.admin import contract
from app.api.admin.project import planned
from app.api.admin.project.planned import PlannedByThem
from app.api.answers import Answer, Created
from app.api.bodies import Body, OptionalBody
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.queries import Query
from app.api.shapes import Asked, Name
from app.lifecycle import StartsChoice
from app.models import ApiKey, Door, KeyType, Role, Scope, in_order
from app.tenancy import access_changes

blueprint = Blueprint("admin_keys", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Keys")

ONE = "/keys/<number:key_id>"
ENVIRONMENT: Literal["prod"] = "prod"
"""The one that there is: the contract's clients always name it."""
MOST_DAYS = api_keys.LONGEST_LIFETIME.days
MOST_HOURS = LONGEST_OVERLAP // timedelta(hours=1)
Days = Annotated[int, whole_numbers.in_body("expiresInDays", 1, MOST_DAYS)]
Hours = Annotated[int, whole_numbers.in_body("overlapHours", 0, MOST_HOURS)]
SHOWN_BEFORE = (
    "The token was in the first answer, and is kept nowhere. Revoke this key and mint another."
)


class KeyBody(Body, json_schema_extra=shapes.only_where("type", "admin", "scopes")):
    """The body that mints a key; without scopes, an admin key may do everything."""

    type: KeyType
    """What it is for: an admin's program, a site's server, or the site's pages."""
    name: Name = "API key"
    """What people know it by."""
    scopes: Annotated[list[Scope], Field(json_schema_extra={"minItems": 1})] | None = None
    """What an admin key may do; by default everything."""
    expiresInDays: Days | None = None  # noqa: N815 - the contract's word
    """After how many days it ends; null for never."""
    env: Literal["prod"] | None = None
    """There is one alone."""

    @property
    def lifetime(self) -> timedelta | None:
        """Return for how long it is to work, None for ever."""
        return None if self.expiresInDays is None else timedelta(days=self.expiresInDays)


class RevokeBody(OptionalBody):
    """What becomes of the starts that the key has planned, where there are any."""

    starts: StartsChoice | None = None
    """Whether to keep or drop them; needed where there are any."""


class RotateBody(OptionalBody):
    """For how many hours the token of before goes on working."""

    overlapHours: Hours = 24  # noqa: N815 - as the contract's words are
    """For how many hours."""

    @property
    def overlap(self) -> timedelta:
        """Return for how long."""
        return timedelta(hours=self.overlapHours)


class PageQuery(Query):
    """A page of keys, after the one that `cursor` names; of those with `q` in their name."""

    limit: Annotated[int, whole_numbers.in_query("limit", 1, queries.LARGEST_LIMIT)] = 100
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before."""
    q: Asked = ""
    """Only those with this in their name."""


class KeyMaker(TypedDict):
    """A key by its id and its name."""

    id: str
    """The key's id."""
    name: str
    """The key's name."""


class _AnyKey(TypedDict):
    id: str
    """Its id."""
    type: KeyType
    """What it is for."""
    env: Literal["prod"]
    """There is one alone."""
    name: str
    """What people know it by."""
    scopes: list[Scope] | None
    """What it may do; null for everything that its type may."""
    created_at: Written
    """When it was minted."""
    expires_at: Written | None
    """When it ends; null for never."""


class KeyShown(_AnyKey):
    """A key, without its token."""

    prefix: str
    """What its token begins with."""
    last4: str
    """What its token ends with."""
    created_by_email: str | None
    """The e-mail of who minted it; null where no person did, or nobody knows."""
    created_by_key: KeyMaker | None
    """The key that minted it; null where none did."""
    replaces: str | None
    """The id of the key whose place it takes."""
    revoked_at: Written | None
    """When it was revoked; null where it was not."""
    last_used_at: Written | None
    """When it was last used; null for never."""


class KeyPage(TypedDict):
    """A page of keys; `next_cursor` is the cursor of the next, null on the last."""

    data: list[KeyShown]
    """The keys of the page."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


class NewKey(_AnyKey, Tried):
    """A key that was minted."""

    key: str | None
    """The token, in the first answer alone; null afterwards, and with dry_run=true."""
    detail: NotRequired[str]
    """Why the token is not there any more."""


class KeyReplaced(TypedDict):
    """The key of before, and until when it works."""

    id: str
    """Its id."""
    works_until: Written
    """Until when it works."""


class RotatedKey(NewKey):
    """A key that was minted in place of another."""

    replaced: KeyReplaced
    """The key of before."""


class KeyRevoked(Tried):
    """The key that has ended."""

    id: str
    """Its id."""
    revoked: Literal[True]
    """Always true: what is not done is an error."""
    planned: PlannedByThem
    """What it had planned."""


@operations.get("/keys", Scope.KEYS, role=Role.OWNER)
def list_keys(caller: Caller, query: PageQuery) -> Answer[KeyPage]:
    """Return a page of the project's keys, newest first, revoked ones too; never a token."""
    page = api_keys.page(caller.project_id, cursors.read(query.cursor), query.limit, query.q)
    rows = [_listed(key) for key in page.keys]
    return Answer({"data": rows, "next_cursor": cursors.written(page.next_after)})


@operations.post("/keys", Scope.KEYS, role=Role.OWNER, gives=("key_id", "id"))
def mint_key(caller: Caller, body: KeyBody) -> Created[NewKey]:
    """Mint a key of the project; its token is in this answer and never again."""
    actor = caller.actor(Door.NAMES)
    minted = api_keys.mint(
        caller.project_id, body.type, body.name, actor, body.lifetime, body.scopes
    )
    return Created(_told(minted.key, minted.token))


@operations.post(f"{ONE}/revoke", Scope.KEYS, role=Role.OWNER)
def revoke_key(caller: Caller, key_id: int, body: RevokeBody) -> Answer[KeyRevoked]:
    """End a key at once and for good, with those that it minted and the one whose place it took.

    Again changes nothing. Says what it had `planned`: stops are its revoker's from then on, starts
    as `starts` says.
    """
    actor = caller.actor(Door.NAMES)
    ended = access_changes.revoke_key(caller.project_id, key_id, actor, body.starts)
    return Answer({"id": str(key_id), "revoked": True, "planned": planned.shown(ended)})


@operations.post(f"{ONE}/rotate", Scope.KEYS, role=Role.OWNER, gives=("key_id", "id"))
def rotate_key(caller: Caller, key_id: int, body: RotateBody) -> Created[RotatedKey]:
    """Mint a key that takes the place of another; the answer says when that one ends."""
    actor = caller.actor(Door.NAMES)
    rotated = access_changes.rotate_key(caller.project_id, key_id, actor, body.overlap)
    replaced: KeyReplaced = {"id": str(key_id), "works_until": written(rotated.ends_at)}
    return Created({**_told(rotated.key, rotated.token), "replaced": replaced})


def _told(key: ApiKey, token: str) -> NewKey:
    """Return a new key with its token, which is shown once."""
    shown_once.note("key", SHOWN_BEFORE)
    return {
        "id": str(key.id),
        "type": key.type,
        "env": ENVIRONMENT,
        "name": key.name,
        "key": token,
        "scopes": _named(key.scopes),
        "created_at": written(key.created_at),
        "expires_at": written(key.expires_at),
    }


def _listed(key: ApiKey) -> KeyShown:
    return {
        "id": str(key.id),
        "type": key.type,
        "env": ENVIRONMENT,
        "name": key.name,
        "prefix": key.prefix,
        "last4": key.last4,
        "scopes": _named(key.scopes),
        "created_by_email": key.made_by.email if key.made_by else None,
        "created_by_key": _maker(key.parent) if key.parent else None,
        "replaces": None if key.replaces_id is None else str(key.replaces_id),
        "created_at": written(key.created_at),
        "expires_at": written(key.expires_at),
        "revoked_at": written(key.revoked_at),
        "last_used_at": written(key.last_used_at),
    }


def _maker(key: ApiKey) -> KeyMaker:
    return {"id": str(key.id), "name": key.name}


def _named(scopes: frozenset[Scope] | None) -> list[Scope] | None:
    """Return the scopes in their order, null for a key that is not limited."""
    return None if scopes is None else [*in_order(scopes)]
