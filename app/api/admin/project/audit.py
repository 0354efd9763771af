"""The audit trail of a project, for programs of its owners."""

from typing import Annotated

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import whole_numbers
from app.api.admin import contract
from app.api.answers import Answer
from app.api.moments import Written, written
from app.api.queries import Query
from app.api.shapes import Asked
from app.audit_trail import reading
from app.audit_trail.entries import Entry
from app.audit_trail.filters import Filters, Place
from app.audit_trail.reading import Page
from app.core.errors import InvalidInput
from app.models import (
    AuditKind,
    CauseKind,
    DecisionKept,
    Door,
    FieldChange,
    HistoryKind,
    ProjectKind,
    Role,
)

blueprint = Blueprint("audit_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Audit trail")

LARGEST_LIMIT = 200


class AuditQuery(Query):
    """A page of entries, after another; of what a person did, or what was done to them."""

    limit: Annotated[int, whole_numbers.in_query("limit", 1, LARGEST_LIMIT)] = reading.PAGE_SIZE
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before."""
    person: Asked = ""
    """Only what this person did, or what was done to them, by their e-mail."""


class AuditEntryShown(TypedDict):
    """An entry: who did what, to what, when, by which door, from where and why."""

    id: str
    """Its id."""
    at: Written
    """When it happened."""
    kind: AuditKind | HistoryKind | ProjectKind
    """What happened."""
    author: str
    """An e-mail or the name of a key; empty for the command line and the server itself."""
    is_by_key: bool
    """Whether that is a key, whose name may be an e-mail, too."""
    door: Door
    """By which way somebody came."""
    subject: str
    """What it was done to, by its name; empty where nothing but the project is meant."""
    changes: list[FieldChange]
    """What was changed from what to what; empty where nothing of that kind was."""
    decision: DecisionKept | None
    """What was decided of how an experiment ends, or was refused, then with `after` as `before`."""
    detail: str
    """What else there is to say, in a sentence."""
    reason: str
    """Why, as it was given."""
    times: int
    """How often the same was refused in a row."""
    cause: CauseKind | None
    """What brought it about; null where that was not kept."""
    caused_by: str
    """The e-mail or the name of the key of who had it happen, where that is not the author."""
    request_id: str
    """The id of the request that did it; empty where none did, or it was not kept."""
    address: str
    """The address that the request came from; empty where none did it, or it was not kept."""


class AuditPage(TypedDict):
    """A page of the audit trail; `next_cursor` is the cursor of the next, null on the last."""

    data: list[AuditEntryShown]
    """The entries, the newest first."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


@operations.get("/audit", role=Role.OWNER)
def list_audit(caller: Caller, query: AuditQuery) -> Answer[AuditPage]:
    """Return what anybody did or was refused in the project, newest first."""
    page = read(query, caller.project_id)
    return Answer({"data": [shown(entry) for entry in page.entries], "next_cursor": cursor(page)})


def read(query: AuditQuery, project_id: int | None) -> Page:
    """Return the page that is asked for, of one project or of everything."""
    place = Place.read(query.cursor)
    if query.cursor and place is None:
        raise InvalidInput("cursor is the next_cursor of an earlier answer.", "cursor")
    return reading.listed(Filters(project_id, query.person.lower()), place, query.limit)


def cursor(page: Page) -> str | None:
    """Return the cursor of the page after one, None for the last."""
    return None if page.next_before is None else str(page.next_before)


def shown(entry: Entry) -> AuditEntryShown:
    """Return an entry as programs get it."""
    return {
        "id": entry.reference,
        "at": written(entry.at),
        "kind": entry.kind,
        "author": entry.author,
        "is_by_key": entry.is_by_key,
        "door": entry.door,
        "subject": entry.subject,
        "changes": list(entry.changes),
        "decision": entry.decision,
        "detail": entry.detail,
        "reason": entry.reason,
        "times": entry.times,
        "cause": entry.cause,
        "caused_by": entry.caused_by,
        "request_id": entry.request_id,
        "address": entry.address,
    }
