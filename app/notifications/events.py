"""Events: announcements as others are told of them, with the names of what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.models import (
    OF_LIMITS,
    AnnouncementKind,
    ApiKey,
    CauseKind,
    Door,
    Experiment,
    History,
    OutboxEntry,
    Project,
    User,
    table_of,
)


@dataclass(frozen=True)
class About:
    """The experiment that an event is about, by all its names."""

    test_id: int
    public_id: str
    key: str
    name: str


@dataclass(frozen=True)
class Author:
    """Whoever brought an event about: a person's `email`, a key's name, or the command line."""

    door: Door
    email: str | None
    api_key: str | None


@dataclass(frozen=True)
class LetIn:
    """Whoever has set the limit that let a start in: a person's id and e-mail; else neither."""

    user_id: int | None
    email: str | None


@dataclass(frozen=True)
class Event:
    """An announcement with the names of what it is about, as they are when it is handed on.

    `let_in` is of a start that waited, where a limit has let it in; `owner_id` is who owns the
    experiment.
    """

    message_id: str
    kind: AnnouncementKind
    at: datetime
    project_id: int
    project_key: str
    project_name: str
    experiment: About | None
    by: Author | None
    cause: CauseKind | None
    for_user_id: int | None
    data: Mapping[str, Any]
    owner_id: int | None = None
    let_in: LetIn | None = None

    @property
    def concerns(self) -> frozenset[int | None]:
        """Return whom it concerns of what is of interest to one person, and to few others.

        Whoever has just set a limit is told at once what that lets in.
        """
        if self.let_in is None:
            return frozenset({self.for_user_id})
        giver = self.let_in.user_id if self.data.get("is_time_up") else None
        return frozenset({self.for_user_id, self.owner_id, giver})


_entries, _projects = table_of(OutboxEntry), table_of(Project)
_experiments, _users, _keys = table_of(Experiment), table_of(User), table_of(ApiKey)
_entry, _project, _experiment = _entries.c, _projects.c, _experiments.c
_named = (
    select(
        _entry.message_id,
        _entry.kind,
        _entry.at,
        _entry.project_id,
        _entry.door,
        _entry.cause,
        _entry.for_user_id,
        _entry.data,
        _project.key.label("project_key"),
        _project.name.label("project_name"),
        _entry.test_id,
        _experiment.public_id,
        _experiment.key.label("experiment_key"),
        _experiment.name.label("experiment_name"),
        _experiment.owner_id,
        _users.c.email,
        _keys.c.name.label("api_key"),
    )
    .join_from(_entries, _projects)
    .outerjoin(_experiments, _experiment.test_id == _entry.test_id)
    .outerjoin(_users, _users.c.id == _entry.user_id)
    .outerjoin(_keys, _keys.c.id == _entry.api_key_id)
)


def of_entry(session: Session, entry_id: int) -> Event:
    """Return the event that an entry of the outbox tells of."""
    event = _event(session.execute(_named.where(_entry.id == entry_id)).one())
    came = event.kind is AnnouncementKind.QUEUED_START_CAME and event.cause in OF_LIMITS
    return replace(event, let_in=_let_in(session, event)) if came else event


def _let_in(session: Session, event: Event) -> LetIn:
    """Return who is named as the cause in the entry of history that a start has."""
    statement = (
        select(History.cause_user_id, User.email)
        .outerjoin(User, User.id == History.cause_user_id)
        .where(History.id == event.data["history_entry"])
    )
    return LetIn(*session.execute(statement).one())


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    about = About(row.test_id, row.public_id, row.experiment_key, row.experiment_name)
    return Event(
        message_id=row.message_id,
        kind=row.kind,
        at=row.at,
        project_id=row.project_id,
        project_key=row.project_key,
        project_name=row.project_name,
        experiment=None if row.test_id is None else about,
        by=None if row.door is None else Author(row.door, row.email, row.api_key),
        cause=row.cause,
        for_user_id=row.for_user_id,
        data=row.data,
        owner_id=row.owner_id,
    )
