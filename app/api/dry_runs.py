"""Dry runs: a change carried out by the same code, told with what would follow, and taken back."""

from typing import Annotated, Literal

from flask import Response, current_app, jsonify
from pydantic import Field
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import history_entries, shown_once
from app.api.history_entries import HistoryEntry
from app.api.idempotency import Work
from app.database.transactions import taking_back
from app.experiments import history

MOST_ENTRIES = 2_000


class Tried(TypedDict, total=False):
    """The members of an answer that are there only with `dry_run=true`."""

    dry_run: Annotated[Literal[True], Field(description="Only with dry_run=true.")]
    history: Annotated[
        list[HistoryEntry],
        Field(description="Only with dry_run=true: what would be entered in the history."),
    ]
    history_is_cut: Annotated[
        Literal[True],
        Field(description=f"Only with dry_run=true: there would be more than {MOST_ENTRIES:,}."),
    ]


def answer(caller: Caller, work: Work) -> Response:
    """Return what `work` would answer, and in `history` what it would enter there.

    Nothing is changed, and what is refused is raised as ever. Of more than MOST_ENTRIES the last
    are told, and `history_is_cut`.
    """
    with taking_back():
        before = history.newest(caller.project_id)
        told = current_app.make_response(work())
        entries = history.since(caller.project_id, before, MOST_ENTRIES + 1)
        followed = [history_entries.shown(entry) for entry in entries[-MOST_ENTRIES:]]
        members = shown_once.without(told.get_json())
    cut = {"history_is_cut": True} if len(entries) > MOST_ENTRIES else {}
    answer = jsonify({**members, "dry_run": True, "history": followed, **cut})
    answer.status_code = told.status_code
    return answer
