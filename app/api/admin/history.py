"""The history of a project, for programs."""

from typing import Annotated

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.api import queries
from app.api.admin import callers
from app.api.moments import written
from app.api.queries import Query
from app.core.errors import InvalidInput
from app.experiments import history, lookup
from app.experiments.history import PAGE_SIZE, Entry
from app.experiments.history_places import AnyKind, Filters, Place
from app.models import Experiment, History, Kind, ProjectEntry, ProjectKind

blueprint = Blueprint("history_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)

LARGEST_LIMIT = 200
KINDS: dict[str, AnyKind] = {kind.value: kind for kind in (*Kind, *ProjectKind)}


class HistoryQuery(Query):
    """A page of history, after another; of one experiment by its `exp_` id, and of one kind."""

    limit: Annotated[int, queries.whole("limit", 1, LARGEST_LIMIT)] = PAGE_SIZE
    cursor: str = ""
    experiment: str = ""
    kind: str = ""


@operations.get("/history")
def list_history(caller: Caller, query: HistoryQuery) -> ResponseReturnValue:
    """Return a page of history, newest first.

    Of a project or of one experiment, of all kinds or one.
    """
    test_id = _test_id(caller.project_id, query.experiment)
    filters, place = Filters(test_id, _kinds(query.kind)), _place(query.cursor)
    page = history.listed(caller.project_id, filters, place, query.limit)
    cursor = None if page.next_before is None else str(page.next_before)
    return jsonify(history=[_shown(entry) for entry in page.entries], next_cursor=cursor)


def _test_id(project_id: int, public_id: str) -> int | None:
    if not public_id:
        return None
    return lookup.subject_by_public_id(project_id, public_id).test_id


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


def _shown(entry: Entry) -> dict[str, object]:
    own = _of_the_project(entry) if isinstance(entry, ProjectEntry) else _of_one(entry)
    return _of_any(entry) | own


def _of_any(entry: Entry) -> dict[str, object]:
    """Return the members that every entry has, empty where only some have more to say."""
    return {
        "id": history.reference(entry),
        "at": written(entry.at),
        "kind": entry.kind,
        "experiment": _named(entry.experiment) if entry.experiment else None,
        "from": None,
        "to": None,
        "paused": None,
        "door": entry.door,
        "person": entry.user.email if entry.user else None,
        "api_key": entry.api_key.name if entry.api_key else None,
        "reason": entry.reason,
        "outcome": None,
        "code": "",
        "detail": "",
        "times": 1,
        "scheduled_for": None,
        "changes": None,
        "cause": None,
    }


def _of_one(entry: History) -> dict[str, object]:
    return {
        "from": entry.from_status,
        "to": entry.to_status,
        "paused": _named(entry.paused) if entry.paused else None,
        "outcome": entry.conclusion,
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
        "scheduled_for": written(entry.scheduled_for),
        "changes": entry.changes,
        "cause": _cause(entry),
    }


def _of_the_project(entry: ProjectEntry) -> dict[str, object]:
    return {
        "cause": {
            "kind": entry.cause,
            "person": None,
            "api_key": None,
            "entry": history.cause_reference(entry),
        },
        "held_since": written(entry.hold.held_at) if entry.hold else None,
        "counts": entry.counts or {},
    }


def _cause(entry: History) -> dict[str, object] | None:
    """Return why it happened, who brought that about, and the entry that it followed."""
    if entry.cause is None:
        return None
    return {
        "kind": entry.cause,
        "person": entry.cause_user.email if entry.cause_user else None,
        "api_key": entry.cause_api_key.name if entry.cause_api_key else None,
        "entry": history.cause_reference(entry),
    }


def _named(experiment: Experiment) -> dict[str, object]:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
    }
