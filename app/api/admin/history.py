"""The history of a project, for programs."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.api import queries
from app.api.admin import callers
from app.api.moments import written
from app.core.errors import InvalidInput
from app.core.validation import whole_number
from app.experiments import history, lookup
from app.experiments.history import PAGE_SIZE, Filters
from app.models import Experiment, History, Kind

blueprint = Blueprint("history_api", __name__, url_prefix="/api/admin")

LARGEST_LIMIT = 200


@blueprint.get("/history")
def list_history() -> ResponseReturnValue:
    """Return a page of history, newest first.

    Of a project or of one experiment, of all kinds or one.
    """
    caller = callers.caller()
    limit = queries.number("limit", default=PAGE_SIZE, smallest=1, largest=LARGEST_LIMIT)
    filters = Filters(_test_id(caller.project_id), _kinds())
    page = history.listed(caller.project_id, filters, _cursor(), limit)
    cursor = None if page.next_before is None else str(page.next_before)
    return jsonify(history=[_shown(entry) for entry in page.entries], next_cursor=cursor)


def _test_id(project_id: int) -> int | None:
    public_id = request.args.get("experiment", "")
    if not public_id:
        return None
    return lookup.subject_by_public_id(project_id, public_id).test_id


def _kinds() -> tuple[Kind, ...]:
    named = request.args.get("kind", "")
    if not named:
        return ()
    try:
        return (Kind(named),)
    except ValueError:
        raise InvalidInput(f"kind is one of {', '.join(Kind)}.", "kind") from None


def _cursor() -> int | None:
    cursor = request.args.get("cursor", "")
    before = whole_number(cursor)
    if cursor and before is None:
        raise InvalidInput("cursor is the next_cursor of an earlier answer.", "cursor")
    return before


def _shown(entry: History) -> dict[str, object]:
    return {
        "id": str(entry.id),
        "at": written(entry.at),
        "kind": entry.kind,
        "experiment": _named(entry.experiment),
        "from": entry.from_status,
        "to": entry.to_status,
        "paused": _named(entry.paused) if entry.paused else None,
        "door": entry.door,
        "person": entry.user.email if entry.user else None,
        "api_key": entry.api_key.name if entry.api_key else None,
        "reason": entry.reason,
        "outcome": entry.conclusion,
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
        "scheduled_for": written(entry.scheduled_for),
        "changes": entry.changes,
        "cause": _cause(entry),
    }


def _cause(entry: History) -> dict[str, object] | None:
    """Return why it happened, who brought that about, and the entry that it followed."""
    if entry.cause is None:
        return None
    return {
        "kind": entry.cause,
        "person": entry.cause_user.email if entry.cause_user else None,
        "api_key": entry.cause_api_key.name if entry.cause_api_key else None,
        "entry": None if entry.cause_entry_id is None else str(entry.cause_entry_id),
    }


def _named(experiment: Experiment) -> dict[str, object]:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
    }
