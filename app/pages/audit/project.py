"""The audit trail of a project, for its owners."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.models import Role
from app.pages.audit import files, lists
from app.pages.common.callers import member

blueprint = Blueprint("audit", __name__, url_prefix="/projects/<project_key>/audit")


@blueprint.get("")
def show(project_key: str) -> ResponseReturnValue:
    """Show a page of entries, newest first."""
    caller = member(project_key, Role.OWNER)
    form = lists.read_form()
    listed = lists.listed(lists.filters(form, caller.project_id))
    return render_template(
        "audit/project.html", caller=caller, form=form, listed=listed, query=lists.query(form)
    )


@blueprint.get("/audit.csv")
def table(project_key: str) -> Response:
    """Give the same entries, those of the pages to come too, as a file for spreadsheets."""
    caller = member(project_key, Role.OWNER)
    wanted = lists.filters(lists.read_form(), caller.project_id)
    return files.table(f"{project_key}-audit", wanted)


@blueprint.get("/audit.jsonl")
def lines(project_key: str) -> Response:
    """Give the same entries as lines of JSON."""
    caller = member(project_key, Role.OWNER)
    wanted = lists.filters(lists.read_form(), caller.project_id)
    return files.lines(f"{project_key}-audit", wanted)
