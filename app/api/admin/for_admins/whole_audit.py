"""The audit trail of everything, for admins who are signed in."""

from flask import Blueprint
from typing_extensions import TypedDict

from app.api.admin import contract
from app.api.admin.project import audit
from app.api.admin.project.audit import AuditEntryShown, AuditQuery
from app.api.answers import Answer
from app.api.shapes import Asked
from app.audit_trail.entries import Entry
from app.tenancy import projects

blueprint = Blueprint("whole_audit_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Audit trail")


class WholeAuditQuery(AuditQuery):
    """A page of entries, after another; of one person, of one project, or of everything."""

    project: Asked = ""
    """Only what was done in this project, by its key."""


class WholeAuditEntry(AuditEntryShown):
    """An entry, and of which project it is."""

    project: str
    """The key of the project; empty where it is of none."""


class WholeAuditPage(TypedDict):
    """A page of the audit trail; `next_cursor` is the cursor of the next, null on the last."""

    data: list[WholeAuditEntry]
    """The entries, the newest first."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


@operations.get("/audit/everything")
def list_everything(query: WholeAuditQuery) -> Answer[WholeAuditPage]:
    """Return what anybody did or was refused in any project, or in none, newest first."""
    page = audit.read(query, projects.by_key(query.project).id if query.project else None)
    return Answer(
        {"data": [_shown(each) for each in page.entries], "next_cursor": audit.cursor(page)}
    )


def _shown(entry: Entry) -> WholeAuditEntry:
    return {"project": entry.project_key, **audit.shown(entry)}
