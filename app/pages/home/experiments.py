"""The experiments of all projects of a member, to be searched and filtered."""

from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.experiments import filters, labels, search
from app.experiments.search import LONGEST_SEARCH, STATUSES, Page, Sort, Tab, View
from app.models import Experiment, names
from app.pages.common import cursors
from app.pages.common.callers import signed_in
from app.pages.common.words import BADGES, Badge, age, concluded
from app.pages.experiments import filter_form
from app.pages.experiments.filter_form import FilterForm
from app.pages.experiments.rows import badge, verdict

blueprint = Blueprint("all_experiments", __name__)


@dataclass(frozen=True)
class Found:
    """An experiment in the list, with everything that a template prints of it."""

    experiment: Experiment
    badge: Badge
    age: str
    conclusion: str
    verdict: str
    owner: str
    tags: tuple[str, ...]


@blueprint.get("/experiments")
def show() -> ResponseReturnValue:
    """Show a page of the experiments that the visitor may see, whatever their project."""
    user, view = signed_in(), _view()
    page = search.across(user.id, view)
    return render_template(
        "home/experiments.html",
        found=[_found(each) for each in page.experiments],
        view=view,
        statuses={tab.value: BADGES[status].word for tab, status in STATUSES.items()},
        filter=_filter(view, user.id) if filter_form.is_wanted() else None,
        filter_address=_address(replace(view, after=None), opens_filter=True),
        everything=_address(View(filters=view.filters)),
        further=_further(view, page),
        first=_address(replace(view, after=None)) if view.after is not None else "",
    )


def _filter(view: View, user_id: int) -> FilterForm:
    choices = filters.choices(filters.of_member(user_id))
    cleared = _address(replace(view, filters=filters.ALL, after=None))
    return filter_form.shown(view.filters, choices, cleared, user_id)


def _view() -> View:
    status = request.args.get("status", "")
    text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return View(
        Tab(status) if status in set(STATUSES) else Tab.ALL,
        # Of invisible characters alone nothing is left to be found.
        search=text if names.folded(text) else "",
        after=cursors.cursor(),
        filters=filter_form.asked(),
    )


def _further(view: View, page: Page) -> str:
    if page.next_after is None:
        return ""
    place = search.place_of(page.experiments[-1], Sort.NEWEST)
    return _address(replace(view, after=place))


def _address(view: View, *, opens_filter: bool = False) -> str:
    return cursors.address(
        "all_experiments.show",
        view.after,
        status=None if view.tab is Tab.ALL else view.tab,
        q=view.search or None,
        **filter_form.query(view.filters),
        filter="open" if opens_filter else None,
    )


def _found(experiment: Experiment) -> Found:
    return Found(
        experiment,
        badge(experiment),
        age(experiment.changed_at),
        concluded(experiment.conclusion),
        verdict(experiment),
        experiment.owner_email or "",
        labels.tags_of(experiment.tag_words or ""),
    )
