"""The unit of work of one project: what travels together through every change of it."""

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.orm import Session

from app.database import transactions
from app.database.prepared import Prepared, PreparedInsert, Row
from app.database.transactions import conflicts_told
from app.models import Actor, Cause, CauseKind

ASKED_FOR = Cause(CauseKind.REQUEST)


class Storage:
    """The connection that a unit of work writes through, and a session on it if one is asked for.

    A status change asks for none: that saves it a fifth of its time.
    """

    def __init__(self, connection: Connection, session: Session | None = None) -> None:
        self.connection = connection
        self.is_abandoned = False
        self.taken: list[tuple[str, str]] = []
        """The actions that were carried out, and by which doors; counted when it commits."""
        self.versions: dict[int, int] = {}
        """By test id the versions that experiments have got."""
        self._session = session

    @property
    def session(self) -> Session:
        """Return the session, whose changes belong to the unit of work."""
        if self._session is None:
            self._session = Session(self.connection, join_transaction_mode="rollback_only")
        return self._session

    def flush(self) -> None:
        """Write what the session has not written yet."""
        if self._session is not None:
            self._session.flush()


@dataclass(frozen=True)
class UnitOfWork:
    """A change of a project under way: what it writes through, who makes it, and its cause.

    The project's row is locked. A unit that `is_single` ends with its first error in the database;
    any other goes on after what it does within `guarded`.
    """

    storage: Storage
    project_id: int
    actor: Actor
    cause: Cause = ASKED_FOR
    is_single: bool = False

    @property
    def session(self) -> Session:
        """Return the session of the unit of work, for what deals in objects."""
        return self.storage.session

    def execute(self, statement: Executable, values: Mapping[str, object]) -> CursorResult[Any]:
        """Execute a statement of the core, past the session's bookkeeping of objects."""
        return self.storage.connection.execute(statement, values)

    def rows(self, statement: Prepared, values: Mapping[str, object]) -> list[Row]:
        """Execute a statement of the hot path, and return its rows."""
        return statement.rows(self.storage.connection, values)

    def row(self, statement: Prepared, values: Mapping[str, object]) -> Row | None:
        """Execute a statement of the hot path, and return its first row; None if there is none."""
        return statement.row(self.storage.connection, values)

    def new_id(self, statement: PreparedInsert, values: Mapping[str, object]) -> int:
        """Add a row by a statement of the hot path, and return its id."""
        return statement.new_id(self.storage.connection, values)

    @property
    def is_on_postgresql(self) -> bool:
        """Return whether several statements can go to the database as one."""
        return self.storage.connection.dialect.name == "postgresql"

    def guarded(self) -> AbstractContextManager[object]:
        """Return a savepoint, or nothing where the unit ends with its first error anyway."""
        return nullcontext() if self.is_single else self.storage.connection.begin_nested()

    def note_taken(self, action: str) -> None:
        """Have a change of status counted if the unit of work commits."""
        self.storage.taken.append((action, self.actor.door))

    def note_version(self, test_id: int, version: int) -> None:
        """Keep in mind the version that an experiment has got."""
        self.storage.versions[test_id] = version

    def version_of(self, test_id: int, before: int) -> int:
        """Return the version that an experiment has now; `before` where nothing has changed it."""
        return self.storage.versions.get(test_id, before)

    def abandon(self) -> None:
        """Give up all that was done: nothing comes of this unit of work."""
        self.storage.is_abandoned = True

    def acted_by(self, actor: Actor, cause: Cause | None = None) -> "UnitOfWork":
        """Return the same unit of work, with somebody else acting in it."""
        return replace(self, actor=actor, cause=cause or self.cause)

    def following(self, entry_id: int) -> "UnitOfWork":
        """Return the same unit of work, for what belongs to a change that has its own entry."""
        return replace(self, cause=replace(self.cause, entry_id=entry_id))

    def belonging_to(self, project_entry_id: int) -> "UnitOfWork":
        """Return the same unit of work, for what is part of what an entry of the project says."""
        return replace(self, cause=replace(self.cause, project_entry_id=project_entry_id))

    def causing(
        self, kind: CauseKind, entry_id: int | None = None, detail: str = ""
    ) -> "UnitOfWork":
        """Return the same unit of work, for what follows from what its actor has done.

        It is not single any more: where the plan cannot be read, what was done stays.
        """
        cause = Cause(kind, self.actor, entry_id, detail=detail)
        return replace(self, cause=cause, is_single=False)


def within(session: Session, project_id: int, actor: Actor) -> UnitOfWork:
    """Return a unit of work that is a part of a session's transaction, which locks the project."""
    storage = Storage(session.connection(), session)
    storage.taken = session.info.setdefault(transactions.TAKEN, [])
    return UnitOfWork(storage, project_id, actor)


@contextmanager
def changing(project_id: int, actor: Actor, *, is_single: bool = False) -> Generator[UnitOfWork]:
    """Begin a unit of work under the lock of the project's row; it commits at the end.

    Raises Conflict as `writing` does.
    """
    with conflicts_told(), transactions.begun(project_id, is_single=is_single) as transaction:
        storage = Storage(transaction.connection)
        yield UnitOfWork(storage, project_id, actor, is_single=is_single)
        if storage.is_abandoned:
            transaction.rollback()
        else:
            storage.flush()
            transactions.commit(transaction, storage.taken)
