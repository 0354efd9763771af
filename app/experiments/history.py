"""The history of a project and its experiments: read, and given reasons afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy import exists, or_, select, union_all
from sqlalchemy.orm import joinedload

from app.accounts.rights import changing_by_right
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.validation import checked_reason, whole_number
from app.database.engine import db
from app.database.rows import project_row
from app.experiments.history_places import EVERYTHING, Filters, Place, halves, ids_of_one
from app.models import (
    OF_A_CHANGE,
    Actor,
    ApiKey,
    Experiment,
    History,
    Kind,
    ProjectEntry,
    QueueHold,
    Status,
    User,
)

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 1_000
MOST_EXPORTED = 100_000

Entry = History | ProjectEntry


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
    found_in = halves(project_id, filters, before, limit + 1)
    if not found_in:
        return Page((), None)
    places = union_all(*found_in).subquery()
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


def newest(project_id: int) -> Entry | None:
    """Return the latest entry of a project, None where there is none."""
    return next(iter(listed(project_id, limit=1).entries), None)


def since(project_id: int, entry: Entry | None, limit: int) -> Sequence[Entry]:
    """Return what was entered after `entry`, in that order: the last so many at most."""
    known = entry and reference(entry)
    found = listed(project_id, limit=limit).entries
    return [*takewhile(lambda each: reference(each) != known, found)][::-1]


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
    """Return whether this change made its experiments what they are now.

    A change of status, or a decision that no other has followed: of what else is done since, as an
    edit or a rise of traffic, nothing takes it back.
    """
    changed = filter(None, (entry.experiment, entry.paused))
    if entry.kind is Kind.CHANGED:
        return all(each.changed_at <= entry.at for each in changed)
    is_decision = entry.decision is not None and entry.kind is not Kind.REFUSED
    return is_decision and (entry.experiment.version == entry.id or not _is_followed(entry))


def _is_followed(entry: History) -> bool:
    later = exists().where(History.test_id == entry.test_id, History.id > entry.id, IS_CHANGE)
    return bool(db.session.scalar(select(later)))


def change_of(project_id: int, test_id: int, entry_id: int) -> History | None:
    """Return a change of an experiment's status, or a decision, by its id; None for any other."""
    statement = select(History).where(
        History.project_id == project_id,
        History.test_id == test_id,
        IS_CHANGE,
        History.id == entry_id,
    )
    return db.session.scalar(statement.options(*_WITH_NAMES))


def changes_of(experiment: Experiment, ids: Sequence[int]) -> Sequence[History]:
    """Return entries of an experiment that changed anything of it, the newest first.

    A swap that paused it is one of the other experiment.
    """
    statement = select(History).where(
        History.project_id == experiment.project_id,
        History.id.in_(ids),
        or_(History.test_id == experiment.test_id, History.paused_test_id == experiment.test_id),
        History.kind.in_(OF_A_CHANGE),
    )
    return db.session.scalars(statement.options(*_WITH_NAMES).order_by(History.id.desc())).all()


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
    """Keep why an experiment was changed, or decided, at that moment, for the one who did it.

    Raises NotFound when that is somebody else's change or not the latest, Conflict when it has a
    reason, and InvalidInput for a reason that is none or cannot be kept.
    """
    kept = checked_reason(reason)
    if not kept:
        raise InvalidInput("Write why, or leave it.", "reason")
    with changing_by_right(project_id, actor) as work:
        latest = work.session.scalar(
            select(History)
            .where(
                History.project_id == project_id,
                History.id.in_(ids_of_one(test_id, [IS_CHANGE], 1)),
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


IS_CHANGE = or_(
    History.kind == Kind.CHANGED, History.decision.is_not(None) & (History.kind != Kind.REFUSED)
)
"""Whether an entry has changed what visitors get, or how the experiment ended."""
_OF_AN_EXPERIMENT = (
    Experiment.test_id,
    Experiment.public_id,
    Experiment.project_id,
    Experiment.key,
    Experiment.name,
    Experiment.status,
    Experiment.started_at,
    Experiment.changed_at,
    Experiment.stopped_at,
    Experiment.conclusion,
    Experiment.shipped_variant,
    Experiment.shipped_at,
    Experiment.split_fault,
    Experiment.shipped_name,
    Experiment.version,
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
