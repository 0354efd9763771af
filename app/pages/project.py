"""A project's experiments."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app import experiments, queueing, slots
from app.access import Caller
from app.models import Role, Status
from app.pages import fragments
from app.pages.callers import member
from app.pages.hints import hints
from app.pages.meters import meter
from app.pages.rows import row
from app.pages.words import BADGES
from app.wording import whole_number

blueprint = Blueprint("project", __name__)


@blueprint.get("/projects/<project_key>")
def show(project_key: str) -> ResponseReturnValue:
    """A page of experiments with the actions that the rules allow or explain."""
    caller = member(project_key)
    version = fragments.tag(caller)
    return fragments.unchanged(version) or _render(caller, version)


def _render(caller: Caller, version: str) -> Response:
    status = Status.__members__.get(request.args.get("status", "").upper())
    after = whole_number(request.args.get("after", ""))
    held = slots.of_project(caller.project_id)
    page = experiments.newest(caller.project_id, status, after)
    html = render_template(
        "_experiments.html" if fragments.is_wanted() else "project.html",
        caller=caller,
        meter=meter(held),
        rows=[row(caller, experiment, held) for experiment in page.experiments],
        hints=hints(held, len(queueing.order(caller.project_id))),
        next_after=page.next_after,
        status=status,
        badges=BADGES,
        may_change=caller.may(Role.MARKETER),
        version=version if held else fragments.UNREAD,
        first_page=after is None,
    )
    return fragments.shown(html, version)
