"""The answers to what has changed something."""

from flask import Response, jsonify

from app.api import conditions

ENTRY_HEADER = "History-Entry"


def changed(
    entry_id: int | None = None, version: int | None = None, /, **members: object
) -> Response:
    """Return the members as JSON; the page that asked fetches its experiments again.

    The ETag is of the `version` that the experiment has now, where it is about one.

    The header History-Entry names the entry that the change has in the history, where it has one:
    what came of it is told from there, however things are by then.
    """
    answer = jsonify(**members)
    answer.headers["HX-Trigger"] = "experiments-changed"
    if entry_id is not None:
        answer.headers[ENTRY_HEADER] = str(entry_id)
    return answer if version is None else conditions.with_etag(answer, version)
