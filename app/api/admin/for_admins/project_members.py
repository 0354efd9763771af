"""The members and webhooks of any project, for admins who are signed in, members of it or not."""

from flask import Blueprint

from app.accounts.caller import Admin
from app.api.admin import contract
from app.api.admin.project import members, webhooks
from app.api.admin.project.members import LeaveBody, MemberAsPut, MemberBody, MemberGone, MemberList
from app.api.admin.project.webhooks import WebhookList
from app.api.answers import Answer
from app.api.dry_runs import TriedOfNoProject
from app.tenancy import projects

blueprint = Blueprint("project_members_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Members")
operations_of_webhooks = contract.operations_of_admins(blueprint, "Webhooks")

ONE = "/projects/<project_key>"


class MemberPutByAdmin(MemberAsPut, TriedOfNoProject):
    """The member, and what they had planned where that was theirs no more."""


class MemberRemovedByAdmin(MemberGone, TriedOfNoProject):
    """Who is no member any more, and what they had planned."""


@operations.get(f"{ONE}/members")
def list_members_of(project_key: str) -> Answer[MemberList]:
    """Return the members of a project, by e-mail."""
    return Answer(members.rows(_id(project_key)))


@operations.put(f"{ONE}/members")
def put_member_of(caller: Admin, project_key: str, body: MemberBody) -> Answer[MemberPutByAdmin]:
    """Make somebody who signs in here a member of a project, or give a member another role."""
    return Answer({**members.put(_id(project_key), body, caller.actor())})


@operations.delete(f"{ONE}/members/<member_email>")
def remove_member_of(
    caller: Admin, project_key: str, member_email: str, body: LeaveBody
) -> Answer[MemberRemovedByAdmin]:
    """End somebody's membership of a project, and hand over or drop what they have planned."""
    return Answer({**members.remove(_id(project_key), member_email, body, caller.actor())})


@operations_of_webhooks.get(f"{ONE}/webhooks")
def list_webhooks_of(project_key: str) -> Answer[WebhookList]:
    """Return the webhooks of a project, the oldest first, with shortened addresses; no secret."""
    return Answer(webhooks.rows_masked(_id(project_key)))


def _id(project_key: str) -> int:
    return projects.by_key(project_key).id
