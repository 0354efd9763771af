"""Finding experiments: by tab, search and order, a page at a time.

Every order has an index, and the next page begins behind the last experiment of the one before, so
that a page takes as long at the end of a hundred thousand as at their beginning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.core.database import db
from app.models import Experiment, Project, QueuedStart, ScheduledChange, Status, names

PAGE_SIZE = 50
LONGEST_SEARCH = 120


class Tab(StrEnum):
    """Which experiments are looked at."""

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
    """What is looked at; the page begins behind the experiment with the test id `after`."""

    tab: Tab = Tab.ALL
    sort: Sort = Sort.NEWEST
    search: str = ""
    after: int | None = None


@dataclass(frozen=True)
class Page:
    """Some experiments, and the test id that the next page begins after, None on the last."""

    experiments: Sequence[Experiment]
    next_after: int | None


def counts(project_id: int) -> dict[Tab, int]:
    """Return how many experiments each tab has."""
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


def page(project_id: int, view: View) -> Page:
    """Return the experiments of `view`, each with who changed it last and what it is a clone of."""
    statement = _of_tab(project_id, view.tab).options(
        joinedload(Experiment.user),
        joinedload(Experiment.api_key),
        joinedload(Experiment.clone_of),
    )
    if view.search:
        statement = statement.where(_matches(view.search))
    if view.after is not None:
        statement = statement.where(_is_behind(project_id, view.sort, view.after))
    return paged(statement.order_by(*_order(view.sort)), PAGE_SIZE)


def paged(statement: Select[Experiment], limit: int) -> Page:
    """Return the first `limit` of what a statement selects, and where the next page begins."""
    found = db.session.scalars(statement.limit(limit + 1)).all()
    shown = found[:limit]
    return Page(shown, shown[-1].test_id if len(found) > limit else None)


def _of_tab(project_id: int, tab: Tab) -> Select[Experiment]:
    statement = select(Experiment).where(Experiment.project_id == project_id)
    match tab:
        case Tab.ALL:
            return statement
        case Tab.WAITING:
            return statement.where(Experiment.test_id.in_(_waiting(project_id)))
        case _:
            return statement.where(Experiment.status == Status(tab))


def _waiting(project_id: int) -> CompoundSelect[int]:
    """Return what waits for a slot or for its moment."""
    return union(
        select(QueuedStart.test_id).where(QueuedStart.project_id == project_id),
        select(ScheduledChange.test_id).where(ScheduledChange.project_id == project_id),
    )


def _matches(search: str) -> ColumnElement[bool]:
    return or_(
        Experiment.folded_name.contains(names.folded(search), autoescape=True),
        Experiment.key.contains(search.lower(), autoescape=True),
        func.lower(Experiment.url).contains(search.lower(), autoescape=True),
    )


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    match sort:
        case Sort.NEWEST:
            return (Experiment.test_id.desc(),)
        case Sort.CHANGED:
            return (Experiment.changed_at.desc(), Experiment.test_id.desc())
        case Sort.NAME:
            return (Experiment.sort_name.asc(), Experiment.test_id.asc())


def _is_behind(project_id: int, sort: Sort, after: int) -> ColumnElement[bool]:
    match sort:
        case Sort.NEWEST:
            return Experiment.test_id < after
        case Sort.CHANGED:
            here, there = _places(project_id, Experiment.changed_at, after)
            return here < there
        case Sort.NAME:
            here, there = _places(project_id, Experiment.sort_name, after)
            return here > there


def _places(
    project_id: int, column: InstrumentedAttribute[Any], test_id: int
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return where a row stands in the order, and where the experiment `test_id` does."""
    last = select(column).where(Experiment.project_id == project_id, Experiment.test_id == test_id)
    return (
        tuple_(column, Experiment.test_id),
        tuple_(last.correlate(None).scalar_subquery(), literal(test_id)),
    )
