"""Where everybody begins: what needs attention, what is live, and one's projects."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import overview, projects, slot_requests
from app.pages import attention
from app.pages.callers import signed_in
from app.pages.meters import meter
from app.pages.words import age
from app.sessions import SignedIn

blueprint = Blueprint("projects", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The overview, and the first projects that the visitor is a member of; or those after one."""
    user, after = signed_in(), request.args.get("after")
    page = projects.of_member(user.id, after)
    return render_template(
        "projects.html",
        projects=[(project, meter(project.slots)) for project in page.projects],
        next_after=page.next_after,
        overview=_overview(user) if after is None else None,
    )


def _overview(user: SignedIn) -> dict[str, object]:
    found = overview.of_member(user.id)
    open_requests = slot_requests.count() if user.is_admin else 0
    return {
        "attention": attention.items(found, open_requests),
        "is_cut": found.is_cut,
        "is_live_cut": found.is_live_cut,
        "live": [(each, attention.result_address(each), age(each.since)) for each in found.live],
    }
