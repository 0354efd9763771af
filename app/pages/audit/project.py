"""The audit trail of a project, for its owners."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.audit_trail.filters import Filters
from app.models import Role
from app.pages.audit import files, lists
from app.pages.audit.lists import AuditForm
from app.pages.common.callers import member

blueprint = Blueprint("audit", __name__, url_prefix="/projects/<project_key>/audit")


@blueprint.get("")
def show(project_key: str) -> ResponseReturnValue:
    """Show a page of entries, newest first."""
    caller, form, wanted = _asked(project_key)
    listed = lists.listed(form, wanted)
    return render_template(
        "audit/project.html", caller=caller, form=form, listed=listed, query=lists.query(form)
    )


@blueprint.get("/audit.csv")
def table(project_key: str) -> Response:
    """Give the same entries, those of the pages to come too, as a file for spreadsheets."""
    return files.table(f"{project_key}-audit", _asked_in_full(project_key))


@blueprint.get("/audit.jsonl")
def lines(project_key: str) -> Response:
    """Give the same entries as lines of JSON."""
    return files.lines(f"{project_key}-audit", _asked_in_full(project_key))


def _asked_in_full(project_key: str) -> Filters:
    """Return what a file is to hold. Raises InvalidInput for what makes no sense."""
    _, form, wanted = _asked(project_key)
    lists.require_sense(form)
    return wanted


def _asked(project_key: str) -> tuple[Caller, AuditForm, Filters]:
    caller, form = member(project_key, Role.OWNER), lists.read_form(AuditForm)
    return caller, form, lists.filters(form, caller.project_id)
