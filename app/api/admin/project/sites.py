"""The project's sites, for programs: the origins whose pages may use its client keys."""

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts import origins
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Answer
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.shapes import Origin
from app.models import Door, Role, Scope

blueprint = Blueprint("sites_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Sites")


class SitesBody(Body):
    """All origins of the project's sites, as https://shop.example."""

    origins: list[Origin]
    """All of them, at most 100, in place of those that were listed."""


class SitesShown(TypedDict):
    """The origins of the project's sites."""

    origins: list[str]
    """The origins, in alphabetical order."""


class SitesPut(SitesShown, Tried):
    """The origins of the project's sites from now on."""


@operations.get("/sites")
def list_sites(caller: Caller) -> Answer[SitesShown]:
    """Return the origins of the project's sites."""
    return Answer({"origins": list(origins.listed(caller.project_id))})


@operations.put("/sites", Scope.KEYS, role=Role.OWNER)
def put_sites(caller: Caller, body: SitesBody) -> Answer[SitesPut]:
    """List exactly these origins."""
    origins.replace(caller.project_id, body.origins, caller.actor(Door.NAMES))
    return Answer({"origins": list(origins.listed(caller.project_id))})
