"""A project's experiments."""

from dataclasses import replace

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.core.paging import Cursor
from app.experiments import filters, search
from app.experiments.search import Page, Sort, Tab, View
from app.lifecycle import Slots
from app.pages.actions.hints import hints
from app.pages.common import answers, cursors, fragments, polls
from app.pages.common.meters import meter
from app.pages.common.words import hold_words, over_words
from app.pages.experiments import bulk_words, filter_form, lists
from app.pages.experiments.filter_form import FilterForm
from app.pages.experiments.lists import Empty
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
    """Return where a view of a project's experiments is shown."""
    return lists.address(
        "project.show",
        view,
        opens_filter=opens_filter,
        project_key=project_key,
        sort=None if view.sort is Sort.NEWEST else view.sort,
    )


def _render(caller: Caller, version: str) -> Response:
    view = _view()
    held = lifecycle.slots_of(caller.project_id)
    queue = lifecycle.queue_order(caller.project_id)
    page = search.page(caller.project_id, view)
    counts = search.counts(caller.project_id, view.search, view.filters)
    shipped = hold_words.shipped(caller)
    html = render_template(
        "experiments/_index.html" if fragments.is_wanted() else "experiments/index.html",
        caller=caller,
        answers=answers.in_project(caller),
        meter=meter(held),
        over=over_words.notice(caller, held),
        stopping=hold_words.stopping(held) if shipped or _may_stop(caller, held) else "",
        shipped=shipped,
        bulk=bulk_words.BUTTONS if caller.may_change else {},
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
        empty=None if page.experiments else _empty(caller, view),
        may_change=caller.may_change,
        version=version if held else fragments.UNREAD,
    )
    return fragments.shown(html, version)


def _may_stop(caller: Caller, slots: Slots | None) -> bool:
    """Return whether there may be something that the caller could stop."""
    return caller.may_change and (slots is None or slots.running > 0)


def _empty(caller: Caller, view: View) -> Empty:
    if lists.is_narrowed(view):
        return lists.nothing_found(view, "in this tab")
    if not caller.may_change:
        return Empty("No experiments yet.")
    return Empty(
        "No experiments yet.",
        "An experiment starts as a draft that nobody sees.",
        "Create the first one",
        url_for("new_experiment.show", project_key=caller.project_key),
    )


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
    sort = Sort(asked_sort) if asked_sort in set(Sort) else Sort.NEWEST
    return View(
        Tab(asked_tab) if asked_tab in set(Tab) else Tab.ALL,
        sort,
        lists.searched(),
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
    if further := lists.following(view, page):
        ways.append((address(project_key, further), "More experiments"))
    return ways
