"""The history of a project or of one of its experiments: who, what, when, by which door."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import history, lookup
from app.experiments.history_places import Filters
from app.models import Door, Experiment
from app.pages.actions.hints import hints
from app.pages.common import fragments, polls, spreadsheets
from app.pages.common.callers import member
from app.pages.common.forms import choice
from app.pages.common.words.labels import DOORS
from app.pages.history import export
from app.pages.history.rows import groups
from app.pages.history.words import GROUPS

blueprint = Blueprint("history", __name__, url_prefix="/projects/<project_key>")

DOORS_BY_VALUE = {door.value: door for door in Door}


class FilterForm(FlaskForm):
    """The filters of the history page."""

    kind = SelectField(
        "What",
        choices=[choice("", "Everything"), *(choice(key, GROUPS[key][0]) for key in GROUPS)],
    )
    door = SelectField(
        "Where",
        choices=[
            choice("", "Everywhere"),
            *(choice(door.value, DOORS[door][0].upper() + DOORS[door][1:]) for door in Door),
        ],
    )


@dataclass(frozen=True)
class Asked:
    """A read address: its filters, the experiment that it names, and its query."""

    filters: Filters
    experiment: Experiment | None
    query: dict[str, str]


@blueprint.get("/history")
def show(project_key: str) -> ResponseReturnValue:
    """Show a page of history, newest first."""
    return polls.answer(project_key, _render)


@blueprint.get("/history.csv")
def table(project_key: str) -> ResponseReturnValue:
    """Show the same entries, those of the pages to come too, as a file."""
    caller = member(project_key)
    pieces = export.pieces(caller.project_id, _asked(caller).filters)
    return spreadsheets.file(f"{project_key}-history.csv", stream_with_context(pieces))


def _asked(caller: Caller) -> Asked:
    """NotFound where the address names an experiment that the project has not."""
    kind, door, key = (request.args.get(name, "") for name in ("kind", "door", "experiment"))
    experiment = lookup.by_key(caller.project_id, key) if key else None
    filters = Filters(
        test_id=experiment.test_id if experiment else None,
        kinds=GROUPS[kind][1] if kind in GROUPS else (),
        door=DOORS_BY_VALUE.get(door),
    )
    query = {"kind": kind, "door": door, "experiment": key}
    return Asked(filters, experiment, {name: value for name, value in query.items() if value})


def _render(caller: Caller, version: str) -> Response:
    asked = _asked(caller)
    before = history.read_place(request.args.get("before", ""))
    page = history.listed(caller.project_id, asked.filters, before)
    held = lifecycle.slots_of(caller.project_id)
    html = render_template(
        "history/_list.html" if fragments.is_wanted() else "history/page.html",
        caller=caller,
        # It changes nothing, so that it needs no token.
        form=FilterForm(request.args, meta={"csrf": False}),
        asked=asked,
        groups=groups(caller, page.entries),
        next_before=page.next_before and str(page.next_before),
        is_newest=before is None,
        hints=hints(held, len(lifecycle.queue_order(caller.project_id)), is_held=bool(caller.hold)),
        version=version if held else fragments.UNREAD,
    )
    return fragments.shown(html, version)
