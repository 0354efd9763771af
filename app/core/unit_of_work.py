"""The unit of work of one project: what travels together through every change of it."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.orm import Session

from app.core.transactions import dry_running, writing
from app.models import Actor, Cause, CauseKind

ASKED_FOR = Cause(CauseKind.REQUEST)


@dataclass(frozen=True)
class UnitOfWork:
    """A change of a project under way: its session, the project, who makes it, and its cause.

    The project's row is locked. A unit that `is_single` ends with its first error in the database;
    any other goes on after what it does within `guarded`.
    """

    session: Session
    project_id: int
    actor: Actor
    cause: Cause = ASKED_FOR
    is_single: bool = False

    def execute(self, statement: Executable, values: Mapping[str, object]) -> CursorResult[Any]:
        """Execute a statement of the core, past the session's bookkeeping of objects."""
        return self._connection.execute(statement, values)

    @cached_property
    def _connection(self) -> Connection:
        return self.session.connection()

    @property
    def is_on_postgresql(self) -> bool:
        """Return whether several statements can go to the database as one."""
        return self._connection.dialect.name == "postgresql"

    def guarded(self) -> AbstractContextManager[object]:
        """Return a savepoint, or nothing where the unit ends with its first error anyway."""
        return nullcontext() if self.is_single else self.session.begin_nested()

    def acted_by(self, actor: Actor, cause: Cause | None = None) -> "UnitOfWork":
        """Return the same unit of work, with somebody else acting in it."""
        return replace(self, actor=actor, cause=cause or self.cause)

    def causing(self, kind: CauseKind, entry_id: int | None = None) -> "UnitOfWork":
        """Return the same unit of work, for what follows from what its actor has done."""
        return replace(self, cause=Cause(kind, self.actor, entry_id))


@contextmanager
def changing(project_id: int, actor: Actor, *, is_single: bool = False) -> Generator[UnitOfWork]:
    """Begin a unit of work under the lock of the project's row; it commits at the end.

    Raises what `writing` raises.
    """
    with writing(project_id) as session:
        yield UnitOfWork(session, project_id, actor, is_single=is_single)


@contextmanager
def trying(project_id: int, actor: Actor) -> Generator[UnitOfWork]:
    """Begin a unit of work like `changing` that is always rolled back: nothing comes of it."""
    with dry_running(project_id) as session:
        yield UnitOfWork(session, project_id, actor)
