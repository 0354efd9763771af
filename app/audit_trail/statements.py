"""The statements that read entries, one for each table, all with the same columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, func, literal, null, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.audit_trail.entries import Source
from app.audit_trail.filters import AnyKind, Filters, Place
from app.models import (
    ApiKey,
    AuditEntry,
    AuditKind,
    Experiment,
    FiledAs,
    History,
    Kind,
    Project,
    ProjectEntry,
    ProjectKind,
    User,
    is_filed_as,
)

Table = type[AuditEntry | History | ProjectEntry]
Statement = Select[*tuple[Any, ...]]
_by_user, _by_key = aliased(User), aliased(ApiKey)
_nothing = literal("", String)
_author = func.coalesce(User.email, ApiKey.name, _nothing).label("author")
_TRAIL = select(
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.kind,
    func.coalesce(Project.key, _nothing).label("project_key"),
    AuditEntry.project_name,
    AuditEntry.author,
    AuditEntry.api_key_id,
    AuditEntry.door,
    AuditEntry.subject,
    AuditEntry.detail,
    AuditEntry.reason,
    AuditEntry.changes,
    AuditEntry.cause,
    _nothing.label("caused_by"),
    AuditEntry.request_id,
    AuditEntry.address,
    literal(1).label("times"),
).outerjoin(Project, Project.id == AuditEntry.project_id)
_EXPERIMENTS = (
    select(
        History.id,
        History.at,
        History.kind,
        Project.key.label("project_key"),
        Project.name.label("project_name"),
        _author,
        History.api_key_id,
        History.door,
        Experiment.name.label("subject"),
        History.detail,
        History.reason,
        History.changes,
        History.cause,
        func.coalesce(_by_user.email, _by_key.name, _nothing).label("caused_by"),
        History.request_id,
        History.address,
        History.times,
        History.from_status,
        History.to_status,
        History.scheduled_for,
        History.conclusion,
        History.decision,
    )
    .join(Project, Project.id == History.project_id)
    .join(Experiment, Experiment.test_id == History.test_id)
    .outerjoin(User, User.id == History.user_id)
    .outerjoin(ApiKey, ApiKey.id == History.api_key_id)
    .outerjoin(_by_user, _by_user.id == History.cause_user_id)
    .outerjoin(_by_key, _by_key.id == History.cause_api_key_id)
)
_PROJECTS = (
    select(
        ProjectEntry.id,
        ProjectEntry.at,
        ProjectEntry.kind,
        Project.key.label("project_key"),
        Project.name.label("project_name"),
        _author,
        ProjectEntry.api_key_id,
        ProjectEntry.door,
        func.coalesce(Experiment.name, _nothing).label("subject"),
        _nothing.label("detail"),
        ProjectEntry.reason,
        null().label("changes"),
        ProjectEntry.cause,
        _nothing.label("caused_by"),
        ProjectEntry.request_id,
        ProjectEntry.address,
        literal(1).label("times"),
        ProjectEntry.counts,
    )
    .join(Project, Project.id == ProjectEntry.project_id)
    .outerjoin(Experiment, Experiment.test_id == ProjectEntry.test_id)
    .outerjoin(User, User.id == ProjectEntry.user_id)
    .outerjoin(ApiKey, ApiKey.id == ProjectEntry.api_key_id)
)


@dataclass(frozen=True)
class _Part:
    """A table that entries are read out of: the kinds that it has, and what is read of it.

    `is_of` gives the condition that an entry is about a person, by their id and their e-mail.
    """

    table: Table
    kinds: tuple[type[AnyKind], ...]
    read: Statement
    is_of: Callable[[ColumnElement[int], str], ColumnElement[bool]]


_PARTS = {
    Source.TRAIL: _Part(
        AuditEntry,
        (AuditKind,),
        _TRAIL,
        lambda person, email: or_(AuditEntry.user_id == person, AuditEntry.subject == email),
    ),
    Source.EXPERIMENT: _Part(
        History,
        (Kind, FiledAs),
        _EXPERIMENTS,
        lambda person, _: or_(History.user_id == person, History.cause_user_id == person),
    ),
    Source.PROJECT: _Part(
        ProjectEntry, (ProjectKind,), _PROJECTS, lambda person, _: ProjectEntry.user_id == person
    ),
}


def latest(source: Source, filters: Filters, before: Place | None, limit: int) -> Statement | None:
    """Return the statement for a table's latest entries; None where no kind of it is asked for."""
    part = _PARTS[source]
    kinds = [each for each in filters.kinds if isinstance(each, part.kinds)]
    if filters.kinds and not kinds:
        return None
    wanted: list[ColumnElement[bool]] = [_is_one_of(part.table, kinds)] if kinds else []
    if before is not None:
        wanted.append(_is_before(source, part.table, before))
    newest_first = (part.table.at.desc(), part.table.id.desc())
    found = part.read.where(*wanted, *_wanted(part, filters))
    return found.order_by(*newest_first).limit(limit)


def _is_one_of(table: Table, kinds: Sequence[AnyKind]) -> ColumnElement[bool]:
    if table is History:
        return is_filed_as([each for each in kinds if isinstance(each, (Kind, FiledAs))])
    return table.kind.in_(kinds)


def _wanted(part: _Part, filters: Filters) -> list[ColumnElement[bool]]:
    table, wanted = part.table, list[ColumnElement[bool]]()
    if filters.project_id is not None:
        wanted.append(table.project_id == filters.project_id)
    if filters.person:
        person = select(User.id).where(User.email == filters.person).scalar_subquery()
        wanted.append(part.is_of(person, filters.person))
    if filters.since:
        wanted.append(table.at >= filters.since)
    if filters.until:
        wanted.append(table.at < filters.until)
    return wanted


def _is_before(source: Source, table: Table, place: Place) -> ColumnElement[bool]:
    rank = list(Source).index(source)
    if rank == place.source:
        return tuple_(table.at, table.id) < tuple_(
            literal(place.at, table.at.type), literal(place.id)
        )
    return table.at <= place.at if rank < place.source else table.at < place.at
