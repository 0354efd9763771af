"""The audit trail of everything, for admins, who belong to no project for it."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.audit_trail.filters import Filters
from app.core.errors import InvalidInput, NotFound
from app.pages.audit import files, lists
from app.pages.audit.lists import AuditForm
from app.pages.common.callers import admin
from app.pages.common.forms import Checked
from app.tenancy import projects

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")

# The number of no project: it has no entries.
NONE = 0


def _require_known(typed: str) -> None:
    """Raise InvalidInput for a key that no project has."""
    if _project_id(typed) == NONE:
        raise InvalidInput("No project has this key. Of one that was erased, look by its day.")


class EverythingForm(AuditForm):
    """What the list is to show, of one project too."""

    what = lists.what_field()
    project = StringField("Project (key)", [Checked(_require_known)])


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show a page of entries, newest first."""
    admin()
    form, wanted = _asked()
    listed = lists.listed(form, wanted)
    return render_template(
        "audit/everything.html", form=form, listed=listed, query=lists.query(form)
    )


@blueprint.get("/audit.csv")
def table() -> Response:
    """Give the same entries, those of the pages to come too, as a file for spreadsheets."""
    admin()
    return files.table("audit", _asked_in_full())


@blueprint.get("/audit.jsonl")
def lines() -> Response:
    """Give the same entries as lines of JSON."""
    admin()
    return files.lines("audit", _asked_in_full())


def _asked_in_full() -> Filters:
    """Return what a file is to hold. Raises InvalidInput for what makes no sense."""
    form, wanted = _asked()
    lists.require_sense(form)
    return wanted


def _asked() -> tuple[EverythingForm, Filters]:
    form = lists.read_form(EverythingForm)
    return form, lists.filters(form, _project_id(form.project.data or ""))


def _project_id(typed: str) -> int | None:
    """Return the project with a key, None for no key, and for a key that none has NONE."""
    key = typed.strip()
    try:
        return projects.by_key(key).id if key else None
    except NotFound:
        return NONE
