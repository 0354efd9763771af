"""My projects, each with its slot meter."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import projects
from app.pages.callers import signed_in
from app.pages.meters import meter

blueprint = Blueprint("projects", __name__)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The projects that the visitor is a member of."""
    page = projects.of_member(signed_in().id, request.args.get("after"))
    listed = [(project, meter(project.slots)) for project in page.projects]
    return render_template("projects.html", projects=listed, next_after=page.next_after)
