"""A project's learnings."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.pages.learnings import pages, reach

blueprint = Blueprint("learnings", __name__, url_prefix="/projects/<project_key>")


@blueprint.get("/learnings")
def show(project_key: str) -> ResponseReturnValue:
    """Show what has ended in a project, and how often its experiments win."""
    return pages.page(reach.of_project(project_key))


@blueprint.get("/learnings.csv")
def table(project_key: str) -> ResponseReturnValue:
    """Show the same as a file."""
    return pages.table(reach.of_project(project_key))


@blueprint.get("/learnings/sheets")
def sheets(project_key: str) -> ResponseReturnValue:
    """Show the same as sheets to print."""
    return pages.sheets(reach.of_project(project_key))
