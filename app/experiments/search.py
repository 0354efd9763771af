"""Finding experiments: by tab, search and order, a page at a time.

Every order has an index, and the next page begins behind the last experiment of the one before, so
that a page takes as long at the end of a hundred thousand as at their beginning.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import printable
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, joinedload, with_expression

from app.core.paging import Cursor
from app.core.version_tokens import is_token, moment_of, token_of
from app.database.engine import db
from app.experiments import filters, texts, visibility
from app.experiments.filters import Filters
from app.lifecycle.ends import endings
from app.models import (
    DailyVisitors,
    Experiment,
    Project,
    QueuedStart,
    Run,
    ScheduledChange,
    ScheduledRise,
    Status,
    names,
)

PAGE_SIZE = 50
LONGEST_SEARCH = 120


class Tab(StrEnum):
    """A tab of the list of experiments."""

    RUNNING = "running"
    STOPPED = "stopped"
    DRAFT = "draft"
    WAITING = "waiting"
    ARCHIVED = "archived"
    ALL = "all"


class Sort(StrEnum):
    """In which order they are shown."""

    NEWEST = "newest"
    CHANGED = "changed"
    NAME = "name"


@dataclass(frozen=True)
class View:
    """What is looked at; the page begins behind the place `after`, the `next_after` of another.

    Of all, those that are archived are left out unless it `has_archived`.
    """

    tab: Tab = Tab.ALL
    sort: Sort = Sort.NEWEST
    search: str = ""
    after: Cursor | None = None
    filters: Filters = filters.ALL
    has_archived: bool = True


@dataclass(frozen=True)
class Page:
    """Some experiments, and the place that the next page begins behind, None on the last."""

    experiments: Sequence[Experiment]
    next_after: Cursor | None


DECIDED_FOR = (
    with_expression(Experiment.shipped_name, endings.VARIANT_NAME),
    with_expression(Experiment.shipped_position, endings.VARIANT_POSITION),
)
"""Options of a statement: the variant that an experiment was decided for, by name and position."""
AS_LISTED = (
    *texts.LOADED,
    joinedload(Experiment.standing),
    with_expression(
        Experiment.has_visitors,
        exists().where(Run.test_id == Experiment.test_id, DailyVisitors.run_id == Run.id),
    ),
    *DECIDED_FOR,
)
"""Options of a statement: what a row says of an experiment besides its own columns."""
_ON_A_PAGE = (
    joinedload(Experiment.user),
    joinedload(Experiment.api_key),
    joinedload(Experiment.clone_of),
    *AS_LISTED,
)
STATUSES = {tab: Status(tab) for tab in Tab if tab in set(Status)}


def counts(project_id: int, text: str = "", wanted: Filters = filters.ALL) -> dict[Tab, int]:
    """Return how many experiments each tab has.

    With a search or filters, only those that are found.
    """
    if text or wanted != filters.ALL:
        return _counts_of_found(project_id, text, wanted)
    statement = select(
        Project.running_count,
        Project.stopped_count,
        Project.draft_count,
        select(func.count()).select_from(_waiting(project_id).subquery()).scalar_subquery(),
        Project.archived_count,
    ).where(Project.id == project_id)
    running, stopped, draft, waiting, archived = db.session.execute(statement).one()
    every = running + stopped + draft + archived
    return dict(zip(Tab, (running, stopped, draft, waiting, archived, every), strict=True))


def _counts_of_found(project_id: int, text: str, wanted: Filters) -> dict[Tab, int]:
    narrowed = filters.conditions(wanted, project_id)
    statement = select(
        *(func.count().filter(_is_in(project_id, tab)) for tab in Tab if tab is not Tab.ALL),
        func.count(),
    ).where(Experiment.project_id == project_id, *narrowed)
    if text:
        statement = statement.where(_matches(text))
    return dict(zip(Tab, db.session.execute(statement).one(), strict=True))


def page(project_id: int, view: View, limit: int = PAGE_SIZE) -> Page:
    """Return the experiments of `view`, each with who changed it last and what it is a clone of."""
    statement = _of_tab(project_id, view.tab)
    if not view.has_archived:
        statement = statement.where(Experiment.status != Status.ARCHIVED)
    if view.search:
        statement = statement.where(_matches(view.search))
    if view.after is not None:
        statement = statement.where(_is_behind(view.sort, view.after))
    if view.filters != filters.ALL:
        narrowed = statement.where(*filters.conditions(view.filters, project_id))
        statement = _first_of(narrowed, view.sort, limit)
    in_order = statement.options(*_ON_A_PAGE, *visibility.known(project_id)).order_by(
        *_order(view.sort)
    )
    return _paged(in_order, view.sort, limit)


def _place_of(experiment: Experiment, sort: Sort) -> Cursor:
    """Return the place of an experiment in this order, as it is now."""
    match sort:
        case Sort.NEWEST:
            return Cursor(experiment.test_id)
        case Sort.CHANGED:
            return Cursor(experiment.test_id, token_of(experiment.changed_at))
        case Sort.NAME:
            return Cursor(experiment.test_id, experiment.sort_name)


def is_place(place: Cursor, sort: Sort) -> bool:
    """Return whether a place can be one in this order."""
    return sort is not Sort.CHANGED or is_token(place.seen)


def across(user_id: int, view: View) -> Page:
    """Return the experiments of `view` in all projects of a member, newest first.

    Each comes with its project. The view's order is not looked at.
    """
    scope = filters.of_member(user_id)
    statement = (
        select(Experiment)
        .where(filters.of(Experiment.project_id, scope))
        .where(*filters.conditions(view.filters, scope))
    )
    if view.tab in STATUSES:
        statement = statement.where(Experiment.status == STATUSES[view.tab])
    if view.search:
        statement = statement.where(_matches(view.search))
    if view.after is not None:
        statement = statement.where(_is_behind(Sort.NEWEST, view.after))
    first = _first_of(statement, Sort.NEWEST, PAGE_SIZE).order_by(*_order(Sort.NEWEST))
    known = visibility.known(Experiment.project_id)
    return _paged(
        first.options(joinedload(Experiment.project), *AS_LISTED, *known), Sort.NEWEST, PAGE_SIZE
    )


def _paged(statement: Select[Experiment], sort: Sort, limit: int) -> Page:
    """Return the first `limit` of what a statement selects, and where the next page begins."""
    found = db.session.scalars(statement.limit(limit + 1)).all()
    shown = found[:limit]
    return Page(shown, _place_of(shown[-1], sort) if len(found) > limit else None)


def _first_of(statement: Select[Experiment], sort: Sort, limit: int) -> Select[Experiment]:
    """Return the statement for the first page of what another selects, and one more.

    They are chosen by their ids alone: to sort a hundred thousand whole rows takes a second.
    """
    ids = statement.with_only_columns(Experiment.test_id).order_by(*_order(sort))
    return select(Experiment).where(Experiment.test_id.in_(ids.limit(limit + 1)))


def _of_tab(project_id: int, tab: Tab) -> Select[Experiment]:
    statement = select(Experiment).where(Experiment.project_id == project_id)
    return statement if tab is Tab.ALL else statement.where(_is_in(project_id, tab))


def _is_in(project_id: int, tab: Tab) -> ColumnElement[bool]:
    if tab is Tab.WAITING:
        return Experiment.test_id.in_(_waiting(project_id))
    return Experiment.status == Status(tab)


def _waiting(project_id: int) -> CompoundSelect[int]:
    """Return what waits for a slot or for its moment."""
    return union(
        select(QueuedStart.test_id).where(QueuedStart.project_id == project_id),
        select(ScheduledChange.test_id).where(ScheduledChange.project_id == project_id),
        select(ScheduledRise.test_id).where(ScheduledRise.project_id == project_id),
    )


def _matches(text: str) -> ColumnElement[bool]:
    """Return the condition that an experiment's name, key or page has `text` in it."""
    folded = names.folded(text)
    url = func.lower(Experiment.url)
    return or_(
        Experiment.folded_name.contains(folded, autoescape=True),
        Experiment.key.contains(folded, autoescape=True),
        *(url.contains(each, autoescape=True) for each in sorted(_spellings(folded))),
    )


def _spellings(folded: str) -> set[str]:
    """Return how a text may stand in an address: as it is, percent-encoded, or decomposed."""
    encoded = quote(folded, safe=printable).lower()
    return {folded, encoded, names.folded(unquote(folded)), unicodedata.normalize("NFD", folded)}


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    match sort:
        case Sort.NEWEST:
            return (Experiment.test_id.desc(),)
        case Sort.CHANGED:
            return (Experiment.changed_at.desc(), Experiment.test_id.desc())
        case Sort.NAME:
            return (Experiment.sort_name.asc(), Experiment.test_id.asc())


def _is_behind(sort: Sort, place: Cursor) -> ColumnElement[bool]:
    match sort:
        case Sort.NEWEST:
            return Experiment.test_id < place.id
        case Sort.CHANGED:
            here, there = _places(Experiment.changed_at, moment_of(place.seen), place)
            return here < there
        case Sort.NAME:
            here, there = _places(Experiment.sort_name, place.seen, place)
            return here > there


def _places(
    column: InstrumentedAttribute[Any], seen: object, place: Cursor
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return where a row stands in the order, and the place behind which the page begins."""
    return (
        tuple_(column, Experiment.test_id),
        tuple_(literal(seen, column.type), literal(place.id)),
    )
