"""The project's API keys, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app.accounts import api_keys
from app.accounts.caller import Caller
from app.api import shown_once
from app.api.admin import callers
from app.api.bodies import Body
from app.api.moments import written
from app.models import Door, KeyType, Role, Scope

blueprint = Blueprint("admin_keys", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Keys")


SHOWN_BEFORE = (
    "The token was in the first answer, and is kept nowhere. Revoke this key and mint another."
)


class KeyBody(Body):
    """The body that mints a key."""

    type: KeyType
    name: StrictStr = "API key"


@operations.post("/keys", Scope.KEYS, role=Role.OWNER)
def mint_key(caller: Caller, body: KeyBody) -> ResponseReturnValue:
    """Mint a key of the project; its token is in this answer and never again."""
    minted = api_keys.mint(caller.project_id, body.type, body.name, caller.actor(Door.NAMES))
    key = minted.key
    created_at = written(key.created_at)
    shown_once.note("key", SHOWN_BEFORE)
    return jsonify(
        id=key.id, type=key.type, name=key.name, key=minted.token, created_at=created_at
    ), 201
