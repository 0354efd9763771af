"""Dry runs: a change carried out by the same code, told with what would follow, and taken back."""

from flask import Response, current_app, g, jsonify

from app.accounts.caller import Caller
from app.api import history_entries
from app.api.idempotency import Work
from app.database.transactions import taking_back
from app.experiments import history

MOST_ENTRIES = 200


def answer(caller: Caller, work: Work) -> Response:
    """Return what `work` would answer, and in `history` what it would enter there.

    Nothing is changed, and what is refused is raised as ever.
    """
    with taking_back():
        before = history.newest(caller.project_id)
        told = current_app.make_response(work())
        entries = history.since(caller.project_id, before, MOST_ENTRIES)
        members = told.get_json() | g.get("kept_instead", {})
        followed = [history_entries.shown(entry) for entry in entries]
    answer = jsonify({**members, "dry_run": True, "history": followed})
    answer.status_code = told.status_code
    return answer
