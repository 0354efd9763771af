"""The project's members, for programs: one is named by their e-mail."""

from typing import Literal

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts import members
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.admin.project import planned
from app.api.admin.project.planned import PlannedByThem
from app.api.answers import Answer
from app.api.bodies import Body, OptionalBody
from app.api.dry_runs import Tried
from app.api.shapes import Email
from app.lifecycle import StartsChoice
from app.models import Actor, Door, Role
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


class MemberAsPut(MemberShown):
    """The member, and what they had planned where that was theirs no more."""

    planned: PlannedByThem
    """What they had planned, of one who became a viewer."""


class MemberPut(MemberAsPut, Tried):
    """The member, and what they had planned where that was theirs no more."""


class MemberGone(TypedDict):
    """Who is no member any more, and what they had planned."""

    email: str
    """Their e-mail."""
    removed: Literal[True]
    """Always true: what is not done is an error."""
    planned: PlannedByThem
    """What they had planned."""


class MemberRemoved(MemberGone, Tried):
    """Who is no member any more, and what they had planned."""


@operations.get("/members")
def list_members(caller: Caller) -> Answer[MemberList]:
    """Return the project's members, by e-mail."""
    return Answer(rows(caller.project_id))


@operations.put("/members", role=Role.OWNER, gives=("member_email", "email"))
def put_member(caller: Caller, body: MemberBody) -> Answer[MemberPut]:
    """Make somebody who signs in here a member, or give a member another role."""
    return Answer({**put(caller.project_id, body, caller.actor(Door.NAMES))})


@operations.delete("/members/<member_email>", role=Role.OWNER)
def remove_member(caller: Caller, member_email: str, body: LeaveBody) -> Answer[MemberRemoved]:
    """End somebody's membership, and hand over or drop what they have planned."""
    return Answer({**remove(caller.project_id, member_email, body, caller.actor(Door.NAMES))})


def rows(project_id: int) -> MemberList:
    """Return the members of a project, as they are shown."""
    found = members.listed(project_id)
    return {"data": [{"email": each.user.email, "role": each.role} for each in found]}


def put(project_id: int, body: MemberBody, actor: Actor) -> MemberAsPut:
    """Do in a project what a body says of a member, and return how they are shown."""
    done = access_changes.put_member(project_id, body.email, body.role, actor, body.starts)
    return {"email": done.email, "role": body.role, "planned": planned.shown(done.planned)}


def remove(project_id: int, email: str, body: LeaveBody, actor: Actor) -> MemberGone:
    """End a membership in a project, and return what is told of it."""
    user_id = members.user_id_of(project_id, email)
    ended = access_changes.remove_member(project_id, user_id, actor, body.starts)
    return {"email": email, "removed": True, "planned": planned.shown(ended)}
