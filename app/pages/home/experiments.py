"""The experiments of all projects of a member, to be searched and filtered."""

from dataclasses import replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.experiments import filters, search
from app.experiments.search import STATUSES, Tab, View
from app.pages.common import cursors
from app.pages.common.callers import signed_in
from app.pages.common.words.labels import BADGES
from app.pages.experiments import filter_form, lists
from app.pages.experiments.filter_form import FilterForm
from app.pages.experiments.lists import Empty
from app.pages.experiments.rows import listed
from app.tenancy import project_lists

blueprint = Blueprint("all_experiments", __name__)


@blueprint.get("/experiments")
def show() -> ResponseReturnValue:
    """Show a page of the experiments that the visitor may see, whatever their project."""
    user, view = signed_in(), _view()
    page = search.across(user.id, view)
    further = lists.following(view, page)
    return render_template(
        "home/experiments.html",
        found=[listed(each) for each in page.experiments],
        empty=None if page.experiments else _empty(view, user.id),
        view=view,
        statuses={tab.value: BADGES[status].word for tab, status in STATUSES.items()},
        filter=_filter(view, user.id) if filter_form.is_wanted() else None,
        filter_address=_address(replace(view, after=None), opens_filter=True),
        everything=_address(View(filters=view.filters)),
        further=_address(further) if further else "",
        first=_address(replace(view, after=None)) if view.after is not None else "",
    )


def _filter(view: View, user_id: int) -> FilterForm:
    choices = filters.choices(filters.of_member(user_id))
    cleared = _address(replace(view, filters=filters.ALL, after=None))
    return filter_form.shown(view.filters, choices, cleared, user_id)


def _view() -> View:
    status = request.args.get("status", "")
    return View(
        Tab(status) if status in set(STATUSES) else Tab.ALL,
        search=lists.searched(),
        after=cursors.cursor(),
        filters=filter_form.asked(),
    )


def _address(view: View, *, opens_filter: bool = False) -> str:
    return lists.address("all_experiments.show", view, opens_filter=opens_filter)


def _empty(view: View, user_id: int) -> Empty | None:
    """Return what stands in place of the rows; None for somebody who is no member of a project."""
    if lists.is_narrowed(view):
        return lists.nothing_found(view, "here", "See all experiments", _address(View()))
    if not project_lists.of_member(user_id, None).projects:
        return None
    about = "Each is created in a project, as a draft that nobody sees."
    return Empty("No experiments yet.", about, "Go to your projects", url_for("projects.show"))
