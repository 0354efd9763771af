"""The project's API keys, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictStr

from app.accounts import api_keys
from app.api import bodies
from app.api.admin import callers
from app.api.moments import written
from app.models import Door, KeyType, Role

blueprint = Blueprint("admin_keys", __name__, url_prefix="/api/admin")


class KeyBody(BaseModel):
    """The body that mints a key."""

    type: KeyType
    name: StrictStr = "API key"


@blueprint.post("/keys")
def mint_key() -> ResponseReturnValue:
    """Mint a key of the project; its token is in this answer and never again."""
    caller = callers.caller()
    caller.require(Role.OWNER)
    body = bodies.read(KeyBody)
    minted = api_keys.mint(caller.project_id, body.type, body.name, caller.actor(Door.NAMES))
    key = minted.key
    created_at = written(key.created_at)
    return jsonify(
        id=key.id, type=key.type, name=key.name, key=minted.token, created_at=created_at
    ), 201
