"""The project's sites, for programs: the origins whose pages may use its client keys."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app.accounts import origins
from app.accounts.caller import Caller
from app.api.admin import callers
from app.api.bodies import Body
from app.models import Door, Role

blueprint = Blueprint("sites_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Sites")


class SitesBody(Body):
    """All origins of the project's sites, as https://shop.example."""

    origins: list[StrictStr]


@operations.get("/sites")
def list_sites(caller: Caller) -> ResponseReturnValue:
    """Return the origins of the project's sites."""
    return jsonify(origins=list(origins.listed(caller.project_id)))


@operations.put("/sites", Role.OWNER)
def put_sites(caller: Caller, body: SitesBody) -> ResponseReturnValue:
    """List exactly these origins."""
    origins.replace(caller.project_id, body.origins, caller.actor(Door.NAMES))
    return jsonify(origins=list(origins.listed(caller.project_id)))
