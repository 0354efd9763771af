"""A project's experiments."""

from dataclasses import replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.access import Caller
from app.core.paging import Cursor
from app.experiments import filters, search
from app.experiments.search import LONGEST_SEARCH, Page, Sort, Tab, View
from app.models import Role, names
from app.pages.actions.hints import hints
from app.pages.common import cursors, fragments, polls
from app.pages.common.meters import meter
from app.pages.experiments import filter_form
from app.pages.experiments.filter_form import FilterForm
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


def address(project_key: str, view: View, *, opens_filter: bool = False) -> str:
    """Return where a view is shown.

    What is as usual is left out, so that the address stays short.
    """
    return cursors.address(
        "project.show",
        view.after,
        project_key=project_key,
        status=None if view.tab is Tab.ALL else view.tab,
        sort=None if view.sort is Sort.NEWEST else view.sort,
        q=view.search or None,
        **filter_form.query(view.filters),
        filter="open" if opens_filter else None,
    )


def _render(caller: Caller, version: str) -> Response:
    view = _view()
    held = lifecycle.slots_of(caller.project_id)
    queue = lifecycle.queue_order(caller.project_id)
    page = search.page(caller.project_id, view)
    counts = search.counts(caller.project_id, view.search, view.filters)
    html = render_template(
        "experiments/_index.html" if fragments.is_wanted() else "experiments/index.html",
        caller=caller,
        meter=meter(held),
        running=held and held.running,
        rows=rows(caller, page.experiments, held, queue),
        hints=hints(held, len(queue), is_held=bool(caller.hold)),
        view=view,
        tabs=_tabs(caller, view, counts),
        found=_found(view, counts),
        sorts=SORTS,
        pages=_pages(caller.project_key, view, page),
        everything=address(caller.project_key, View(view.tab, view.sort, filters=view.filters)),
        filter=_filter(caller, view),
        filter_address=address(caller.project_key, replace(view, after=None), opens_filter=True),
        no_filters=filters.ALL,
        is_narrowed=view != View(sort=view.sort),
        may_change=caller.may(Role.MARKETER),
        version=version if held else fragments.UNREAD,
    )
    return fragments.shown(html, version)


def _filter(caller: Caller, view: View) -> FilterForm | None:
    if fragments.is_wanted() or not filter_form.is_wanted():
        return None
    choices = filters.choices(caller.project_id)
    cleared = address(caller.project_key, replace(view, filters=filters.ALL, after=None))
    return filter_form.shown(view.filters, choices, cleared, caller.user_id)


def _view() -> View:
    """Return the view that the address names; what it does not know is as usual."""
    arguments = request.args
    asked_tab, asked_sort = arguments.get("status", ""), arguments.get("sort", "")
    text = arguments.get("q", "").strip()[:LONGEST_SEARCH]
    sort = Sort(asked_sort) if asked_sort in set(Sort) else Sort.NEWEST
    return View(
        Tab(asked_tab) if asked_tab in set(Tab) else Tab.ALL,
        sort,
        # Of invisible characters alone nothing is left to be found.
        text if names.folded(text) else "",
        _place(sort),
        filter_form.asked(),
    )


def _place(sort: Sort) -> Cursor | None:
    place = cursors.cursor()
    return place if place and search.is_place(place, sort) else None


def _tabs(caller: Caller, view: View, counts: dict[Tab, int]) -> list[tuple[str, str, int, bool]]:
    """Return for each tab its address, with search and order, its word, its count, is it shown."""
    return [
        (
            address(caller.project_key, replace(view, tab=tab, after=None)),
            TABS[tab],
            counts[tab],
            tab is view.tab,
        )
        for tab in TABS
    ]


def _found(view: View, counts: dict[Tab, int]) -> str:
    """Return how many a search or a filter has found, here and in all; "" without them."""
    if not view.search and view.filters == filters.ALL:
        return ""
    here, every = counts[view.tab], counts[Tab.ALL]
    return f"{every:,} found" if view.tab is Tab.ALL else f"{here:,} found here, {every:,} in all"


def _pages(project_key: str, view: View, page: Page) -> list[tuple[str, str]]:
    """Return the ways to other pages of the same view: addresses and words."""
    back = address(project_key, replace(view, after=None))
    ways = [(back, "Back to the first")] if view.after is not None else []
    if page.next_after is None:
        return ways
    place = search.place_of(page.experiments[-1], view.sort)
    return [*ways, (address(project_key, replace(view, after=place)), "More experiments")]
