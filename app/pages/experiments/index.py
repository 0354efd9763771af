"""A project's experiments."""

from dataclasses import replace

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.access import Caller
from app.core.validation import whole_number
from app.experiments import search
from app.experiments.search import LONGEST_SEARCH, Sort, Tab, View
from app.models import Role
from app.pages.actions.hints import hints
from app.pages.common import fragments, polls
from app.pages.common.meters import meter
from app.pages.experiments.rows import rows

blueprint = Blueprint("project", __name__)

TABS = {
    Tab.RUNNING: "Live",
    Tab.STOPPED: "Paused",
    Tab.DRAFT: "Draft",
    Tab.WAITING: "Queued and scheduled",
    Tab.ARCHIVED: "Archived",
    Tab.ALL: "All",
}
SORTS = {Sort.NEWEST: "Newest first", Sort.CHANGED: "Last changed first", Sort.NAME: "By name"}


@blueprint.get("/projects/<project_key>")
def show(project_key: str) -> ResponseReturnValue:
    """Show a page of experiments with the actions that the rules allow or explain."""
    return polls.answer(project_key, _render)


def address(project_key: str, view: View) -> str:
    """Return where a view is shown.

    What is as usual is left out, so that the address stays short.
    """
    return url_for(
        "project.show",
        project_key=project_key,
        status=None if view.tab is Tab.ALL else view.tab,
        sort=None if view.sort is Sort.NEWEST else view.sort,
        q=view.search or None,
        after=view.after,
    )


def _render(caller: Caller, version: str) -> Response:
    view = _view()
    held = lifecycle.slots_of(caller.project_id)
    queue = lifecycle.queue_order(caller.project_id)
    page = search.page(caller.project_id, view)
    html = render_template(
        "experiments/_index.html" if fragments.is_wanted() else "experiments/index.html",
        caller=caller,
        meter=meter(held),
        rows=rows(caller, page.experiments, held, queue),
        hints=hints(held, len(queue)),
        view=view,
        tabs=_tabs(caller, view),
        sorts=SORTS,
        pages=_pages(caller.project_key, view, page.next_after),
        everything=address(caller.project_key, View(view.tab, view.sort)),
        is_narrowed=view != View(sort=view.sort),
        may_change=caller.may(Role.MARKETER),
        version=version if held else fragments.UNREAD,
    )
    return fragments.shown(html, version)


def _view() -> View:
    """Return the view that the address names; what it does not know is as usual."""
    arguments = request.args
    tab, sort = arguments.get("status", ""), arguments.get("sort", "")
    return View(
        Tab(tab) if tab in set(Tab) else Tab.ALL,
        Sort(sort) if sort in set(Sort) else Sort.NEWEST,
        arguments.get("q", "").strip()[:LONGEST_SEARCH],
        whole_number(arguments.get("after", "")),
    )


def _tabs(caller: Caller, view: View) -> list[tuple[str, str, int, bool]]:
    """Return for each tab its address, with search and order, its word, its count, is it shown."""
    counted = search.counts(caller.project_id)
    return [
        (
            address(caller.project_key, View(tab, view.sort, view.search)),
            TABS[tab],
            counted[tab],
            tab is view.tab,
        )
        for tab in TABS
    ]


def _pages(project_key: str, view: View, next_after: int | None) -> list[tuple[str, str]]:
    """Return the ways to other pages of the same view: addresses and words."""
    back = address(project_key, replace(view, after=None))
    further = address(project_key, replace(view, after=next_after))
    return [
        *([(back, "Back to the first")] if view.after is not None else []),
        *([(further, "More experiments")] if next_after else []),
    ]
