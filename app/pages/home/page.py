"""The start page: what needs attention, what is live, and one's projects."""

from dataclasses import astuple
from typing import NamedTuple

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import NotFound
from app.core.paging import Cursor
from app.core.validation import whole_number
from app.core.version_tokens import digest
from app.database.rows import heartbeats
from app.database.rows.heartbeats import Away
from app.models import Trouble
from app.overview import dismissals, open_requests, start_page
from app.overview.open_requests import OpenRequests
from app.overview.start_page import Version
from app.pages.common import answers, cursors, fragments
from app.pages.common.callers import signed_in
from app.pages.common.forms import is_confirmed
from app.pages.common.meters import meter
from app.pages.common.time_zones import today, zone
from app.pages.common.words import standstill_words
from app.pages.common.words.phrases import age
from app.pages.home import attention
from app.tenancy import project_lists
from app.web.sessions.sessions import SignedIn

blueprint = Blueprint("projects", __name__)

ATTENTION = "attention"
NONE_OPEN = OpenRequests(0, 0, 0, is_put_aside=False)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show the overview, and the first projects that the visitor is a member of.

    Or those after one.
    """
    user, after = signed_in(), cursors.cursor()
    told = _told_to_admin(user.id) if user.is_admin else NOTHING_TOLD
    viewer = (user.id, user.is_admin, after, zone().key, today())
    seen = start_page.version(user.id)
    version = digest(
        *seen.parts, *astuple(told.open_requests or NONE_OPEN), told.jobs_away, *viewer
    )
    return fragments.unchanged(version) or _shown(user, after, told, seen, version)


@blueprint.post("/put-aside")
def put_aside() -> ResponseReturnValue:
    """Leave out what needs attention, for this reader, until it changes."""
    user, form = signed_in(), request.form
    if is_confirmed():
        test_id, trouble = whole_number(form.get("experiment", "")), form.get("trouble", "")
        if test_id is None or trouble not in set(Trouble):
            raise NotFound("There is nothing like this to put aside.")
        dismissals.put_aside(user.id, test_id, Trouble(trouble), form.get("state", ""))
        flash("Put aside, for you alone. It shows again when something about it changes.")
    return redirect(url_for("projects.show", _anchor=ATTENTION))


@blueprint.post("/put-aside/none")
def show_again() -> ResponseReturnValue:
    """Leave nothing out any more."""
    user = signed_in()
    if is_confirmed():
        dismissals.show_again(user.id)
    return redirect(url_for("projects.show", _anchor=ATTENTION))


class _Told(NamedTuple):
    """What an admin is told besides: the requests that are open, and whether the jobs are away."""

    open_requests: OpenRequests | None
    jobs_away: Away | None


NOTHING_TOLD = _Told(None, None)


def _told_to_admin(user_id: int) -> _Told:
    return _Told(open_requests.find(user_id), heartbeats.jobs_away())


def _shown(
    user: SignedIn, after: Cursor | None, told: _Told, seen: Version, version: str
) -> Response:
    page = project_lists.of_member(user.id, after)
    html = render_template(
        "home/_projects.html" if fragments.is_wanted() else "home/page.html",
        projects=[(project, meter(project.slots)) for project in page.projects],
        more=page.next_after and cursors.address("projects.show", page.next_after),
        answers=answers.of_reader(user.id) if seen.has_answer and after is None else [],
        overview=_overview(user, told.open_requests, seen) if after is None else None,
        standstill=standstill_words.for_admins(told.jobs_away),
        version=version,
    )
    return fragments.shown(html, version)


def _overview(
    user: SignedIn, open_requests: OpenRequests | None, seen: Version
) -> dict[str, object]:
    found = start_page.of_member(user.id, has_overdue=seen.has_overdue)
    has_requests_aside = open_requests is not None and open_requests.is_put_aside
    return {
        "attention": attention.items(found, open_requests),
        "is_cut": found.is_cut,
        "has_put_aside": seen.has_put_aside or has_requests_aside,
        "is_live_cut": found.is_live_cut,
        "live": [(each, attention.result_address(each), age(each.since)) for each in found.live],
    }
