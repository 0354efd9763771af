"""Where everybody begins: what needs attention, what is live, and one's projects."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.core.paging import Cursor
from app.overview import start_page
from app.pages.common import cursors, fragments
from app.pages.common.callers import signed_in
from app.pages.common.meters import meter
from app.pages.common.time_zones import today, zone
from app.pages.common.words import age
from app.pages.home import attention
from app.tenancy import projects, slot_requests
from app.web.sessions import SignedIn

blueprint = Blueprint("projects", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the overview, and the first projects that the visitor is a member of.

    Or those after one.
    """
    user, after = signed_in(), cursors.cursor()
    open_requests = slot_requests.count() if user.is_admin else 0
    viewer = (user.id, user.is_admin, after, zone().key, today())
    version = fragments.digest(*start_page.version(user.id), open_requests, *viewer)
    return fragments.unchanged(version) or _shown(user, after, open_requests, version)


def _shown(user: SignedIn, after: Cursor | None, open_requests: int, version: str) -> Response:
    page = projects.of_member(user.id, after)
    html = render_template(
        "home/_projects.html" if fragments.is_wanted() else "home/page.html",
        projects=[(project, meter(project.slots)) for project in page.projects],
        more=page.next_after and cursors.address("projects.show", page.next_after),
        overview=_overview(user, open_requests) if after is None else None,
        version=version,
    )
    return fragments.shown(html, version)


def _overview(user: SignedIn, open_requests: int) -> dict[str, object]:
    found = start_page.of_member(user.id)
    return {
        "attention": attention.items(found, open_requests),
        "is_cut": found.is_cut,
        "is_live_cut": found.is_live_cut,
        "live": [(each, attention.result_address(each), age(each.since)) for each in found.live],
    }
