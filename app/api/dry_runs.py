"""Dry runs: a change carried out by the same code, told with what would follow, and taken back."""

from typing import Annotated, Literal

from flask import Response, current_app, jsonify
from pydantic import Field
from typing_extensions import TypedDict

from app.accounts.caller import Admin, Caller
from app.api import history_entries, shown_once
from app.api.history_entries import HistoryEntry
from app.api.idempotency import Work
from app.database.transactions import taking_back
from app.experiments import history
from app.experiments.history import Entry

MOST_ENTRIES = 2_000


class TriedOfNoProject(TypedDict, total=False):
    """The member of an answer that is there only with `dry_run=true`, whatever it is about."""

    dry_run: Annotated[Literal[True], Field(description="Only with dry_run=true.")]


class Tried(TriedOfNoProject, total=False):
    """The members of an answer that are there only with `dry_run=true`."""

    history: Annotated[
        list[HistoryEntry],
        Field(description="Only with dry_run=true: what would be entered in the history."),
    ]
    history_is_cut: Annotated[
        Literal[True],
        Field(description=f"Only with dry_run=true: there would be more than {MOST_ENTRIES:,}."),
    ]


def answer(caller: Caller | Admin, work: Work) -> Response:
    """Return what `work` would answer, and in `history` what it would enter there.

    Nothing is changed, and what is refused is raised as ever. Of more than MOST_ENTRIES the last
    are told, and `history_is_cut`. What belongs to no project has no history.
    """
    with taking_back():
        before = None if caller.project_id is None else history.newest(caller.project_id)
        told = current_app.make_response(work())
        followed = {} if caller.project_id is None else _followed(caller.project_id, before)
        members = shown_once.without(told.get_json())
    answer = jsonify({**members, "dry_run": True, **followed})
    answer.status_code = told.status_code
    return answer


def _followed(project_id: int, before: Entry | None) -> dict[str, object]:
    entries = history.since(project_id, before, MOST_ENTRIES + 1)
    shown = [history_entries.shown(entry) for entry in entries[-MOST_ENTRIES:]]
    cut = {"history_is_cut": True} if len(entries) > MOST_ENTRIES else {}
    return {"history": shown, **cut}
