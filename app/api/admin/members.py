"""The project's members, for programs: one is named by their e-mail."""

from typing import Literal

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts import members
from app.accounts.caller import Caller
from app.api.admin import contract, planned
from app.api.admin.planned import PlannedByThem
from app.api.answers import Answer
from app.api.bodies import Body, OptionalBody
from app.api.dry_runs import Tried
from app.api.shapes import Email
from app.lifecycle import StartsChoice
from app.models import Door, Role
from app.tenancy import access_changes

blueprint = Blueprint("members_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Members")


class LeaveBody(OptionalBody):
    """What becomes of the starts that somebody has planned: `keep` them, or `drop` them."""

    starts: StartsChoice | None = None
    """Whether to keep or drop them; needed where there are any."""


class MemberBody(Body):
    """Who gets which role, and what becomes of the starts of a member who becomes a viewer."""

    email: Email
    """The e-mail that they sign in with."""
    role: Role
    """What they may do from now on."""
    starts: StartsChoice | None = None
    """What becomes of their planned starts, of one who becomes a viewer."""


class MemberShown(TypedDict):
    """A member, and what they may do."""

    email: str
    """Their e-mail."""
    role: Role
    """What they may do."""


class MemberList(TypedDict):
    """The project's members, by e-mail."""

    data: list[MemberShown]
    """All members."""


class MemberPut(MemberShown, Tried):
    """The member, and what they had planned where that was theirs no more."""

    planned: PlannedByThem
    """What they had planned, of one who became a viewer."""


class MemberRemoved(Tried):
    """Who is no member any more, and what they had planned."""

    email: str
    """Their e-mail."""
    removed: Literal[True]
    """Always true: what is not done is an error."""
    planned: PlannedByThem
    """What they had planned."""


@operations.get("/members")
def list_members(caller: Caller) -> Answer[MemberList]:
    """Return the project's members, by e-mail."""
    found = members.listed(caller.project_id)
    return Answer({"data": [{"email": each.user.email, "role": each.role} for each in found]})


@operations.put("/members", role=Role.OWNER, gives=("member_email", "email"))
def put_member(caller: Caller, body: MemberBody) -> Answer[MemberPut]:
    """Make somebody who signs in here a member, or give a member another role."""
    actor = caller.actor(Door.NAMES)
    put = access_changes.put_member(caller.project_id, body.email, body.role, actor, body.starts)
    return Answer({"email": put.email, "role": body.role, "planned": planned.shown(put.planned)})


@operations.delete("/members/<member_email>", role=Role.OWNER)
def remove_member(caller: Caller, member_email: str, body: LeaveBody) -> Answer[MemberRemoved]:
    """End somebody's membership, and hand over or drop what they have planned."""
    user_id, actor = members.user_id_of(caller.project_id, member_email), caller.actor(Door.NAMES)
    ended = access_changes.remove_member(caller.project_id, user_id, actor, body.starts)
    return Answer({"email": member_email, "removed": True, "planned": planned.shown(ended)})
