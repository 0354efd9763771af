"""Learnings as a page, as a file, and as sheets to print: of a project, or across several."""

from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from flask import Response, render_template, url_for

from app.experiments import filters
from app.learnings import listing, summary
from app.learnings.listing import MOST, Listing, View
from app.learnings.quarters import Quarter
from app.pages.common import spreadsheets
from app.pages.experiments import filter_form
from app.pages.experiments.filter_form import FilterForm
from app.pages.experiments.lists import Empty
from app.pages.learnings import export, reach
from app.pages.learnings.reach import SHEETS, TABLE, Reach
from app.pages.learnings.rows import row
from app.pages.learnings.summary_words import facts

EVERYTHING = View()


def page(whose: Reach) -> str:
    """Return the page: the learnings quarter by quarter, and how often experiments win."""
    view = reach.asked()
    found = listing.of(whose.scope, view)
    counts = summary.of(found.learnings, view)
    return render_template(
        "learnings/page.html",
        caller=whose.caller,
        quarters=[
            (label(quarter), [row(each, whose) for each in learnings])
            for quarter, learnings in groupby(found.learnings, attrgetter("quarter"))
        ],
        facts=facts(counts) if counts else [],
        summary=counts,
        most=MOST if found.is_cut else None,
        choices=_choices(found, view),
        filter=_filter(whose, view) if filter_form.is_wanted() else None,
        filter_address=whose.address(view, opens_filter=True),
        form_address=whose.address(EVERYTHING),
        table=whose.address(view, TABLE),
        sheets=whose.address(view, SHEETS),
        empty=None if found.learnings else _empty(whose, view),
    )


def table(whose: Reach) -> Response:
    """Return the same rows as a file for spreadsheets."""
    found = listing.of(whose.scope, reach.asked())
    name = f"{whose.caller.project_key}-learnings.csv" if whose.caller else "learnings.csv"
    return spreadsheets.file(name, [spreadsheets.written(export.rows(found.learnings))])


def sheets(whose: Reach) -> str:
    """Return the same rows as sheets, each of which is printed on a page of its own."""
    view = reach.asked()
    found = listing.of(whose.scope, view)
    return render_template(
        "learnings/sheets.html",
        caller=whose.caller,
        rows=[row(each, whose) for each in found.learnings],
        most=MOST if found.is_cut else None,
        page=whose.address(view),
    )


def label(quarter: Quarter) -> str:
    """Return a quarter as pages name it."""
    return f"Q{quarter.number} {quarter.year}"


def _choices(found: Listing, view: View) -> list[tuple[str, str, bool]]:
    """Return the quarters to choose from: the value, the word, and whether it is chosen."""
    chosen = {view.quarter} if view.quarter else set[Quarter]()
    return [
        (str(each), label(each), each == view.quarter)
        for each in sorted(chosen.union(found.quarters), reverse=True)
    ]


def _filter(whose: Reach, view: View) -> FilterForm:
    cleared = whose.address(replace(view, filters=filters.ALL))
    choices = filters.choices(whose.scope)
    return filter_form.shown(view.filters, choices, cleared, whose.reader_id)


def _empty(whose: Reach, view: View) -> Empty:
    if view != EVERYTHING:
        address = whose.address(EVERYTHING)
        return Empty("No learnings here.", "Nothing passes the filter.", "See all", address)
    about = (
        "An experiment stands here once it is decided on its result page, or archived after it ran."
    )
    if not whose.caller:
        address = url_for("all_experiments.show")
        return Empty("Nothing has ended yet.", about, "See all experiments", address)
    address = url_for("project.show", project_key=whose.caller.project_key)
    return Empty("Nothing has ended yet.", about, "See the experiments", address)
