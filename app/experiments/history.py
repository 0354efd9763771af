"""The history of a project and its experiments: read, and given reasons afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from app.accounts.rights import changing
from app.core import project_row
from app.core.database import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.validation import checked_reason, whole_number
from app.models import (
    Actor,
    ApiKey,
    Door,
    Experiment,
    History,
    Kind,
    ProjectEntry,
    ProjectKind,
    QueueHold,
    Status,
    User,
)

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 1_000
MOST_EXPORTED = 100_000

AnyKind = Kind | ProjectKind
Entry = History | ProjectEntry


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


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and where the next page begins, None on the last.

    Each comes with its experiments (their names, keys and statuses), its user and its key.
    """

    entries: Sequence[Entry]
    next_before: Place | None


def listed(
    project_id: int,
    filters: Filters = EVERYTHING,
    before: Place | None = None,
    limit: int = PAGE_SIZE,
) -> Page:
    """Return a page of a project's history, in one statement."""
    halves = _halves(project_id, filters, before, limit + 1)
    if not halves:
        return Page((), None)
    places = union_all(*halves).subquery()
    statement = (
        select(History, ProjectEntry)
        .select_from(places)
        .outerjoin(History, History.id == places.c.history_id)
        .outerjoin(ProjectEntry, ProjectEntry.id == places.c.project_entry_id)
        .options(*_WITH_NAMES, *_OF_THE_PROJECT_WITH_NAMES)
        .order_by(places.c.place.desc(), places.c.project_entry_id.desc())
        .limit(limit + 1)
    )
    found: list[Entry] = [row[0] or row[1] for row in db.session.execute(statement)]
    shown = found[:limit]
    return Page(shown, place_of(shown[-1]) if len(found) > limit else None)


def place_of(entry: Entry) -> Place:
    """Return where an entry stands."""
    if isinstance(entry, ProjectEntry):
        return Place(entry.after_id, entry.id)
    return Place(entry.id)


def read_place(text: str) -> Place | None:
    """Return the place that an address says; None for what is none."""
    numbers = [whole_number(part) for part in text.split(".")]
    known = [number for number in numbers if number is not None]
    return Place(*known) if len(known) == len(numbers) <= len(Place._fields) else None


def reference(entry: Entry) -> str:
    """Return what names an entry: those of a whole project are told from others by a letter."""
    return f"p{entry.id}" if isinstance(entry, ProjectEntry) else str(entry.id)


def cause_reference(entry: Entry) -> str | None:
    """Return what names the entry that this one follows from, None where it follows from none."""
    if isinstance(entry, ProjectEntry):
        return None if entry.cause_entry_id is None else f"p{entry.cause_entry_id}"
    if entry.cause_entry_id is not None:
        return str(entry.cause_entry_id)
    belongs_to = entry.cause_project_entry_id
    return None if belongs_to is None else f"p{belongs_to}"


def exported(project_id: int, filters: Filters) -> Iterator[Sequence[Entry]]:
    """Return the newest 100,000 entries at most, some at a time."""
    before = None
    for _ in range(MOST_EXPORTED // EXPORTED_AT_ONCE):
        page = listed(project_id, filters, before, EXPORTED_AT_ONCE)
        # Whoever reads slowly holds no connection meanwhile: the entries are kept apart from it.
        db.session.expunge_all()
        db.session.rollback()
        yield page.entries
        before = page.next_before
        if before is None:
            return


def is_latest_change(entry: History) -> bool:
    """Return whether this change made its experiments what they are now."""
    changed = filter(None, (entry.experiment, entry.paused))
    return entry.kind is Kind.CHANGED and all(each.changed_at <= entry.at for each in changed)


def change_of(project_id: int, test_id: int, entry_id: int) -> History | None:
    """Return a change of an experiment's status by its id; None where its history has none."""
    statement = select(History).where(
        History.project_id == project_id,
        History.test_id == test_id,
        History.kind == Kind.CHANGED,
        History.id == entry_id,
    )
    return db.session.scalar(statement.options(*_WITH_NAMES))


def started_after(change: History) -> History | None:
    """Return the start by which the queue took the slot that this change has freed."""
    statement = (
        select(History)
        .where(History.cause_entry_id == change.id, History.kind == Kind.CHANGED)
        .options(*_WITH_NAMES)
        .order_by(History.id)
        .limit(1)
    )
    return db.session.scalar(statement)


def dropped_with(entry: History) -> Sequence[tuple[Kind, Status | None]]:
    """Return what else was dropped with a change, in the order in which it was.

    A place in the queue, or what was scheduled: to which status.
    """
    statement = select(History.kind, History.to_status).where(
        History.cause_entry_id == entry.id,
        History.test_id == entry.test_id,
        History.kind.in_((Kind.UNQUEUED, Kind.UNSCHEDULED)),
    )
    found = db.session.execute(statement.order_by(History.id))
    return [(row.kind, row.to_status) for row in found]


def give_reason(
    project_id: int, test_id: int, reason: str, actor: Actor, changed_at: datetime
) -> None:
    """Keep why an experiment was changed at that moment, for the one who changed it.

    Raises NotFound when that is somebody else's change or not the latest, Conflict when it has a
    reason, and InvalidInput for a reason that is none or cannot be kept.
    """
    kept = checked_reason(reason)
    if not kept:
        raise InvalidInput("Write why, or leave it.", "reason")
    with changing(project_id, actor) as work:
        latest = work.session.scalar(
            select(History)
            .where(
                History.project_id == project_id,
                History.id.in_(_ids_of_one(test_id, [History.kind == Kind.CHANGED], 1)),
            )
            .order_by(History.id.desc())
            .limit(1)
        )
        if latest is None or (latest.user_id, latest.api_key_id) != (
            actor.user_id,
            actor.api_key_id,
        ):
            raise NotFound("Somebody else has made the latest change.")
        if latest.at != changed_at:
            raise NotFound("It has been changed again since.")
        if latest.reason:
            raise Conflict("A reason for this change is kept already.")
        latest.reason = kept
        project_row.bump_version(work.storage.connection, work.project_id)


_OF_AN_EXPERIMENT = (
    Experiment.test_id,
    Experiment.public_id,
    Experiment.project_id,
    Experiment.key,
    Experiment.name,
    Experiment.status,
    Experiment.started_at,
    Experiment.changed_at,
    Experiment.split_fault,
)
_WITH_NAMES = (
    joinedload(History.experiment).load_only(*_OF_AN_EXPERIMENT, raiseload=True),
    joinedload(History.paused).load_only(*_OF_AN_EXPERIMENT, raiseload=True),
    joinedload(History.user).load_only(User.email, raiseload=True),
    joinedload(History.cause_user).load_only(User.email, raiseload=True),
    joinedload(History.cause_api_key).load_only(ApiKey.name, raiseload=True),
    joinedload(History.cause_entry)
    .load_only(History.door, History.to_status, raiseload=True)
    .joinedload(History.experiment)
    .load_only(Experiment.name, raiseload=True),
    joinedload(History.cause_project_entry).load_only(ProjectEntry.kind, raiseload=True),
    joinedload(History.api_key).load_only(ApiKey.name, raiseload=True),
)
_OF_THE_PROJECT_WITH_NAMES = (
    joinedload(ProjectEntry.experiment).load_only(*_OF_AN_EXPERIMENT, raiseload=True),
    joinedload(ProjectEntry.hold).load_only(QueueHold.held_at, raiseload=True),
    joinedload(ProjectEntry.cause_entry).load_only(
        ProjectEntry.kind, ProjectEntry.at, raiseload=True
    ),
    joinedload(ProjectEntry.user).load_only(User.email, raiseload=True),
    joinedload(ProjectEntry.api_key).load_only(ApiKey.name, raiseload=True),
)


# Of no entry, and less than any other: an entry of an experiment came before what is behind it.
_NO_ID = 0


def _halves(
    project_id: int, filters: Filters, before: Place | None, limit: int
) -> list[Select[*tuple[Any, ...]]]:
    """Return where the latest entries stand, of each of the two tables that have any to show."""
    kinds = [kind for kind in filters.kinds if isinstance(kind, Kind)]
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
        wanted = [History.id.in_(_ids_of_one(test_id, wanted, limit))]
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
    wanted: list[ColumnElement[bool]] = []
    if kinds:
        wanted.append(ProjectEntry.kind.in_(kinds))
    if door:
        wanted.append(ProjectEntry.door == door)
    if before is not None:
        wanted.append(tuple_(ProjectEntry.after_id, ProjectEntry.id) < tuple_(*before))
    return wanted


def _wanted(
    kinds: Sequence[Kind], door: Door | None, before: Place | None
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if kinds:
        wanted.append(History.kind.in_(kinds))
    if door:
        wanted.append(History.door == door)
    if before is not None:
        # What the project did behind an entry comes before that, newest first.
        is_behind = before.project_entry_id > 0
        wanted.append(History.id <= before.entry_id if is_behind else History.id < before.entry_id)
    return wanted


def _ids_of_one(test_id: int, wanted: list[ColumnElement[bool]], limit: int) -> Select[tuple[int]]:
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
