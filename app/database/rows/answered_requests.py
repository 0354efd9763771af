"""Requests that carry an id, each carried out once however often it is sent.

The id is taken in the unit of work that the request asks for, and its answer is kept in it. A
second one waits there until the first is through, and then has its answer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import Connection, bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from app.core.errors import Busy, Conflict, DomainError, IdTaken, InvalidInput
from app.database import database_errors
from app.database.engine import db
from app.database.prepared import Prepared
from app.database.transactions import enclosing, writing
from app.models import AnsweredRequest, now, table_of

Made = TypeVar("Made")

LONGEST_ID = 255
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class RequestId:
    """An id that a request carries, and the fingerprint of what it asks for.

    An id belongs to its `caller`, as "user:7" or "key:7": others may have made up the same. `named`
    is what it is to whoever sends it.
    """

    caller: str
    id: str
    fingerprint: str
    named: str = "An id"


@dataclass(frozen=True)
class Outcome(Generic[Made]):
    """What came of a request: what was `made` now, None if it was answered before.

    `answer` is what is kept of it, in either case.
    """

    made: Made | None
    answer: object


@dataclass(frozen=True)
class Lately:
    """What is kept of a request, and when it was answered."""

    answer: object
    at: datetime


def fingerprint(*parts: object) -> str:
    """Return what tells apart what requests ask for; the parts are JSON."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def check_id(value: str, named: str) -> None:
    """Raise InvalidInput for an id of a request, sent as `named`, that cannot be kept."""
    if not (value.strip() and value.isprintable() and len(value) <= LONGEST_ID):
        said = f"{named} has 1 to {LONGEST_ID} visible characters."
        raise InvalidInput(said, "request_id")


def once(
    request: RequestId,
    work: Callable[[], Made],
    kept: Callable[[Made], object],
    project_id: int | None = None,
    *,
    is_all_or_nothing: bool = False,
) -> Outcome[Made]:
    """Do `work` and keep of it what `kept` returns, or return what was kept when it was done.

    All that `work` changes is one unit of work with it, and `kept` returns JSON: nothing that is
    shown only once. A request that is refused or fails is not kept: sent again, it is new. What it
    had changed before it was refused stays, as history does, unless it `is_all_or_nothing`. Where
    it changes a project, saying which takes the lock at once.

    Raises what `work` raises, IdTaken for an id that was sent with something else, InvalidInput for
    one that cannot be kept, and Conflict where the first has not come through after a while.
    """
    check_id(request.id, request.named)
    with enclosing(project_id) as unit:
        connection = unit.connection
        if not (_take(connection, request) or _take_old(connection, request)):
            return Outcome(None, _earlier(connection, request))
        try:
            made = work()
        except DomainError as error:
            if is_all_or_nothing:
                raise
            # What the rules refused may stand in history, and stays there.
            if unit.goes_on:
                connection.execute(_drop, _names(request))
            refused = error
        else:
            answer = kept(made)
            _keep.rows(connection, {**_names(request), "kept": answer})
            return Outcome(made, answer)
    raise refused


def lately(request: RequestId, since: datetime) -> Lately | None:
    """Return what the same caller asked for just so, by another id and `since` a moment.

    The latest, or None.
    """
    values = {"who": request.caller, "its_id": request.id}
    asked = {"asked_for": request.fingerprint, "since": since}
    found = db.session.execute(_lately, {**values, **asked}).first()
    return Lately(*found) if found else None


def forget(moment: datetime) -> None:
    """Delete what was answered more than a day before `moment`."""
    is_old = AnsweredRequest.at < moment - KEPT_FOR
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_old))):
        with writing() as session:
            session.execute(delete(AnsweredRequest).where(is_old))


_table = table_of(AnsweredRequest)
_is_it = (_table.c.caller == bindparam("who")) & (_table.c.request_id == bindparam("its_id"))
_keep = Prepared(update(_table).where(_is_it).values(answer=bindparam("kept")))
_drop = delete(_table).where(_is_it)
_drop_old = delete(_table).where(_is_it, _table.c.at < bindparam("until"))
_read = select(_table.c.fingerprint, _table.c.answer).where(_is_it)
_lately = (
    select(_table.c.answer, _table.c.at)
    .where(
        _table.c.caller == bindparam("who"),
        _table.c.request_id != bindparam("its_id"),
        _table.c.fingerprint == bindparam("asked_for"),
        _table.c.at > bindparam("since"),
    )
    .order_by(_table.c.at.desc())
    .limit(1)
)
_TAKEN = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _table.c}
_TAKE = {
    name: Prepared(
        dialect.insert(_table).values(_TAKEN).on_conflict_do_nothing().returning(_table.c.at)
    )
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}


def _names(request: RequestId) -> dict[str, object]:
    return {"who": request.caller, "its_id": request.id}


def _take(connection: Connection, request: RequestId) -> bool:
    """Return whether the id is taken now; waits for whoever is about to take it."""
    values = {
        "new_caller": request.caller,
        "new_request_id": request.id,
        "new_fingerprint": request.fingerprint,
        "new_answer": "",
        "new_at": now(),
    }
    try:
        return _TAKE[connection.dialect.name].row(connection, values) is not None
    except OperationalError as error:
        if isinstance(database_errors.as_unavailable(error), Busy):
            raise Conflict("This was sent before, and is still being done. Try again.") from error
        raise


def _take_old(connection: Connection, request: RequestId) -> bool:
    """Return whether the id is taken from a request that was answered too long ago to be kept."""
    until = now() - KEPT_FOR
    dropped = connection.execute(_drop_old, {**_names(request), "until": until})
    return bool(dropped.rowcount) and _take(connection, request)


def _earlier(connection: Connection, request: RequestId) -> object:
    asked_for, answer = connection.execute(_read, _names(request)).one()
    if asked_for != request.fingerprint:
        raise IdTaken(f"{request.named} has been sent before, with something else.")
    return answer
