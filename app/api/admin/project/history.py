"""The history of a project, for programs."""

from typing import Annotated

from flask import Blueprint
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import history_entries, shapes, whole_numbers
from app.api.admin import contract
from app.api.answers import Answer
from app.api.history_entries import HistoryEntry
from app.api.queries import Query
from app.api.shapes import Asked
from app.core.errors import InvalidInput
from app.experiments import history, lookup
from app.experiments.history import PAGE_SIZE
from app.experiments.history_places import AnyKind, Filters, Place
from app.models import FiledAs, Kind, ProjectKind

blueprint = Blueprint("history_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "History")

LARGEST_LIMIT = 200
KINDS: dict[str, AnyKind] = {kind.value: kind for kind in (*Kind, *FiledAs, *ProjectKind)}


class HistoryQuery(Query):
    """A page of history, after another; of one experiment by its id or key, and of one kind."""

    limit: Annotated[int, whole_numbers.in_query("limit", 1, LARGEST_LIMIT)] = PAGE_SIZE
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before."""
    experiment: Annotated[str, WithJsonSchema(shapes.KEY_OR_NONE)] = ""
    """Only of this experiment, by its id or its key."""
    kind: Annotated[str, WithJsonSchema({"type": "string", "enum": ["", *KINDS]})] = ""
    """Only of this kind."""


class HistoryPage(TypedDict):
    """A page of history; `next_cursor` is the cursor of the next, null on the last."""

    history: list[HistoryEntry]
    """The entries, the newest first."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


@operations.get("/history")
def list_history(caller: Caller, query: HistoryQuery) -> Answer[HistoryPage]:
    """Return a page of history, newest first.

    Of a project or of one experiment, of all kinds or one.
    """
    test_id = _test_id(caller.project_id, query.experiment)
    filters, place = Filters(test_id, _kinds(query.kind)), _place(query.cursor)
    page = history.listed(caller.project_id, filters, place, query.limit)
    cursor = None if page.next_before is None else str(page.next_before)
    shown = [history_entries.shown(entry) for entry in page.entries]
    return Answer({"history": shown, "next_cursor": cursor})


def _test_id(project_id: int, public_id: str) -> int | None:
    if not public_id:
        return None
    (test_id,) = lookup.test_ids(project_id, [public_id])
    return test_id


def _kinds(named: str) -> tuple[AnyKind, ...]:
    if not named:
        return ()
    if named not in KINDS:
        raise InvalidInput(f"kind is one of {', '.join(KINDS)}.", "kind")
    return (KINDS[named],)


def _place(cursor: str) -> Place | None:
    before = history.read_place(cursor)
    if cursor and before is None:
        raise InvalidInput("cursor is the next_cursor of an earlier answer.", "cursor")
    return before
