"""The project's members, for programs: one is named by their e-mail."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app.accounts import members
from app.accounts.caller import Caller
from app.api.admin import callers
from app.api.bodies import Body, OptionalBody
from app.core.errors import NotFound
from app.lifecycle import PlannedChanges, StartsChoice
from app.models import Door, Role
from app.tenancy import access_changes

blueprint = Blueprint("members_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Members")


class LeaveBody(OptionalBody):
    """What becomes of the starts that somebody has planned: `keep` them, or `drop` them."""

    starts: StartsChoice | None = None


class MemberBody(Body):
    """Who gets which role, and what becomes of the starts of a member who becomes a viewer."""

    email: StrictStr
    role: Role
    starts: StartsChoice | None = None


@operations.get("/members")
def list_members(caller: Caller) -> ResponseReturnValue:
    """Return the project's members, by e-mail."""
    found = members.listed(caller.project_id)
    return jsonify(data=[{"email": each.user.email, "role": each.role} for each in found])


@operations.put("/members", Role.OWNER)
def put_member(caller: Caller, body: MemberBody) -> ResponseReturnValue:
    """Make somebody who signs in here a member, or give a member another role."""
    actor = caller.actor(Door.NAMES)
    put = access_changes.put_member(caller.project_id, body.email, body.role, actor, body.starts)
    return jsonify(email=put.email, role=body.role, planned=_shown(put.planned))


@operations.delete("/members/<member_email>", Role.OWNER)
def remove_member(caller: Caller, member_email: str, body: LeaveBody) -> ResponseReturnValue:
    """End somebody's membership, and hand over or drop what they have planned."""
    found = members.listed(caller.project_id)
    user_id = next((each.user_id for each in found if each.user.email == member_email), None)
    if user_id is None:
        raise NotFound("Member not found.")
    actor = caller.actor(Door.NAMES)
    planned = access_changes.remove_member(caller.project_id, user_id, actor, body.starts)
    return jsonify(email=member_email, removed=True, planned=_shown(planned))


def _shown(planned: PlannedChanges) -> dict[str, list[str]]:
    """Return the names of what somebody had planned."""
    return {name: list(names) for name, names in vars(planned).items()}
