"""The learnings of all projects that the reader may see; of admins, of all."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.pages.learnings import pages, reach

blueprint = Blueprint("all_learnings", __name__)


@blueprint.get("/learnings")
def show() -> ResponseReturnValue:
    """Show what has ended, and how often experiments win."""
    return pages.page(reach.of_reader())


@blueprint.get("/learnings.csv")
def table() -> ResponseReturnValue:
    """Show the same as a file."""
    return pages.table(reach.of_reader())


@blueprint.get("/learnings/sheets")
def sheets() -> ResponseReturnValue:
    """Show the same as sheets to print."""
    return pages.sheets(reach.of_reader())
