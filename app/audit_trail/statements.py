"""The statements that read entries, one for each table, all with the same columns."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, func, literal, null, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.audit_trail.filters import AnyKind, Filters, Place
from app.models import (
    ApiKey,
    AuditEntry,
    AuditKind,
    Experiment,
    History,
    Kind,
    Project,
    ProjectEntry,
    ProjectKind,
    User,
)

Statement = Select[*tuple[Any, ...]]
_by_user, _by_key = aliased(User), aliased(ApiKey)
_nothing = literal("", String)


def of_trail(filters: Filters, before: Place | None, limit: int) -> Statement | None:
    """Return the statement for entries of the trail; None where no kind of it is asked for."""
    kinds = _of(AuditKind, filters.kinds)
    if kinds is None:
        return None
    theirs = or_(AuditEntry.user_id == _id_of(filters.person), AuditEntry.subject == filters.person)
    return (
        select(
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
        )
        .outerjoin(Project, Project.id == AuditEntry.project_id)
        .where(*_wanted(AuditEntry, kinds, filters, before, theirs))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )


def of_experiments(filters: Filters, before: Place | None, limit: int) -> Statement | None:
    """Return the statement for entries of experiments' history; None where no kind is asked for."""
    kinds = _of(Kind, filters.kinds)
    if kinds is None:
        return None
    person = _id_of(filters.person)
    theirs = or_(History.user_id == person, History.cause_user_id == person)
    return (
        select(
            History.id,
            History.at,
            History.kind,
            Project.key.label("project_key"),
            Project.name.label("project_name"),
            func.coalesce(User.email, ApiKey.name, _nothing).label("author"),
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
        )
        .join(Project, Project.id == History.project_id)
        .join(Experiment, Experiment.test_id == History.test_id)
        .outerjoin(User, User.id == History.user_id)
        .outerjoin(ApiKey, ApiKey.id == History.api_key_id)
        .outerjoin(_by_user, _by_user.id == History.cause_user_id)
        .outerjoin(_by_key, _by_key.id == History.cause_api_key_id)
        .where(*_wanted(History, kinds, filters, before, theirs))
        .order_by(History.at.desc(), History.id.desc())
        .limit(limit)
    )


def of_projects(filters: Filters, before: Place | None, limit: int) -> Statement | None:
    """Return the statement for entries of whole projects; None where no kind is asked for."""
    kinds = _of(ProjectKind, filters.kinds)
    if kinds is None:
        return None
    theirs = ProjectEntry.user_id == _id_of(filters.person)
    return (
        select(
            ProjectEntry.id,
            ProjectEntry.at,
            ProjectEntry.kind,
            Project.key.label("project_key"),
            Project.name.label("project_name"),
            func.coalesce(User.email, ApiKey.name, _nothing).label("author"),
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
        .where(*_wanted(ProjectEntry, kinds, filters, before, theirs))
        .order_by(ProjectEntry.at.desc(), ProjectEntry.id.desc())
        .limit(limit)
    )


def _of(kind: type[AnyKind], kinds: Sequence[AnyKind]) -> list[AnyKind] | None:
    """Return those of the kinds that a table has; none of them where all are asked for.

    None where others are asked for.
    """
    theirs = [each for each in kinds if isinstance(each, kind)]
    return None if kinds and not theirs else theirs


def _wanted(
    table: type[AuditEntry | History | ProjectEntry],
    kinds: Sequence[AnyKind],
    filters: Filters,
    before: Place | None,
    theirs: ColumnElement[bool],
) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [table.kind.in_(kinds)] if kinds else []
    if before is not None:
        wanted.append(_is_before(table, before))
    if filters.project_id is not None:
        wanted.append(table.project_id == filters.project_id)
    if filters.person:
        wanted.append(theirs)
    if filters.since:
        wanted.append(table.at >= filters.since)
    if filters.until:
        wanted.append(table.at < filters.until)
    return wanted


def _is_before(
    table: type[AuditEntry | History | ProjectEntry], place: Place
) -> ColumnElement[bool]:
    rank = _TABLES.index(table)
    if rank == place.source:
        return tuple_(table.at, table.id) < tuple_(
            literal(place.at, table.at.type), literal(place.id)
        )
    return table.at <= place.at if rank < place.source else table.at < place.at


# In the order of `Source`.
_TABLES = (AuditEntry, History, ProjectEntry)


def _id_of(email: str) -> ColumnElement[int]:
    return select(User.id).where(User.email == email).scalar_subquery()
