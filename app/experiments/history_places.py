"""Where entries stand in a project's history, which is read out of two tables as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal, select, tuple_

from app.models import Door, History, HistoryKind, ProjectEntry, ProjectKind, is_filed_as

AnyKind = HistoryKind | ProjectKind


class Place(NamedTuple):
    """Where an entry stands in a project's history: a later one is greater.

    An entry of an experiment stands at its id, and one of the whole project behind that of the
    entry which was the newest then, in the order of its own id.
    """

    entry_id: int
    project_entry_id: int = 0

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        if self.project_entry_id:
            return f"{self.entry_id}.{self.project_entry_id}"
        return str(self.entry_id)


@dataclass(frozen=True)
class Filters:
    """A choice of a project's entries: all of them, but for what is said here.

    A swap is an entry of both its experiments; those of a whole project are no experiment's. No
    `kinds` are all of them.
    """

    test_id: int | None = None
    kinds: tuple[AnyKind, ...] = ()
    door: Door | None = None


EVERYTHING = Filters()


# Of no entry, and less than any other: an entry of an experiment came before what is behind it.
_NO_ID = 0


def halves(
    project_id: int, filters: Filters, before: Place | None, limit: int
) -> list[Select[*tuple[Any, ...]]]:
    """Return where the latest entries stand, of each of the two tables that have any to show."""
    kinds = [kind for kind in filters.kinds if not isinstance(kind, ProjectKind)]
    project_kinds = [kind for kind in filters.kinds if isinstance(kind, ProjectKind)]
    halves: list[Select[*tuple[Any, ...]]] = []
    if kinds or not filters.kinds:
        wanted = _wanted(kinds, filters.door, before)
        halves.append(_of_experiments(project_id, filters.test_id, wanted, limit))
    if filters.test_id is None and (project_kinds or not filters.kinds):
        wanted = _wanted_of_the_project(project_kinds, filters.door, before)
        halves.append(_of_the_project(project_id, wanted, limit))
    return halves


def _of_experiments(
    project_id: int, test_id: int | None, wanted: list[ColumnElement[bool]], limit: int
) -> Select[*tuple[Any, ...]]:
    if test_id is not None:
        wanted = [History.id.in_(ids_of_one(test_id, wanted, limit))]
    latest = (
        select(History.id)
        .where(History.project_id == project_id, *wanted)
        .order_by(History.id.desc())
        .limit(limit)
        .subquery()
    )
    return select(
        latest.c.id.label("place"),
        latest.c.id.label("history_id"),
        literal(_NO_ID).label("project_entry_id"),
    )


def _of_the_project(
    project_id: int, wanted: list[ColumnElement[bool]], limit: int
) -> Select[*tuple[Any, ...]]:
    latest = (
        select(ProjectEntry.after_id, ProjectEntry.id)
        .where(ProjectEntry.project_id == project_id, *wanted)
        .order_by(ProjectEntry.after_id.desc(), ProjectEntry.id.desc())
        .limit(limit)
        .subquery()
    )
    return select(
        latest.c.after_id.label("place"),
        literal(_NO_ID).label("history_id"),
        latest.c.id.label("project_entry_id"),
    )


def _wanted_of_the_project(
    kinds: Sequence[ProjectKind], door: Door | None, before: Place | None
) -> list[ColumnElement[bool]]:
    wanted = _by_door(ProjectEntry, door)
    if kinds:
        wanted.append(ProjectEntry.kind.in_(kinds))
    if before is not None:
        wanted.append(tuple_(ProjectEntry.after_id, ProjectEntry.id) < tuple_(*before))
    return wanted


def _wanted(
    kinds: Sequence[HistoryKind], door: Door | None, before: Place | None
) -> list[ColumnElement[bool]]:
    wanted = _by_door(History, door)
    if kinds:
        wanted.append(is_filed_as(kinds))
    if before is not None:
        # What the project did behind an entry comes before that, newest first.
        is_behind = before.project_entry_id > 0
        wanted.append(History.id <= before.entry_id if is_behind else History.id < before.entry_id)
    return wanted


def _by_door(table: type[History | ProjectEntry], door: Door | None) -> list[ColumnElement[bool]]:
    return [table.door == door] if door else []


def ids_of_one(test_id: int, wanted: list[ColumnElement[bool]], limit: int) -> Select[tuple[int]]:
    """Return the ids of an experiment's latest entries, among them the swaps that paused it.

    Each half has an index of its own: asked with OR, a database may go through all of history.
    """
    its_own, as_paused = (
        select(
            select(History.id)
            .where(is_its_own, *wanted)
            .order_by(History.id.desc())
            .limit(limit)
            .subquery()
            .c.id
        )
        for is_its_own in (History.test_id == test_id, History.paused_test_id == test_id)
    )
    return select(its_own.union_all(as_paused).subquery().c.id)
