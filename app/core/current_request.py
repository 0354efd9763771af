"""The request that is being worked on, as answers and log lines name it."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from app.models import LONGEST_ADDRESS

Caller = tuple[str, int | None]


class CurrentRequest:
    """A request under way: its id, the address it came from, who sent it once that is known.

    And whether it commits.
    """

    __slots__ = ("address", "caller", "id", "may_have_changed")

    def __init__(self, request_id: str, address: str) -> None:
        self.id = request_id
        self.address = address
        self.caller: Caller | None = None
        self.may_have_changed = False


_NONE = CurrentRequest("", "")
_current: ContextVar[CurrentRequest] = ContextVar("switchyard_request", default=_NONE)


def begin(request_id: str, address: str = "") -> Token[CurrentRequest]:
    """Name the request that is worked on from now on; `end` takes what this returns."""
    return _current.set(CurrentRequest(request_id, address))


def end(token: Token[CurrentRequest]) -> None:
    """Be done with the request."""
    _current.reset(token)


def request_id() -> str:
    """Return the id of the request that is worked on here, "" where there is none."""
    return _current.get().id


def origin() -> dict[str, str | None]:
    """Return the id of the request and the address it came from, as entries keep them.

    None where there is no request: at the command line, and in the jobs.
    """
    current = _current.get()
    return {"request_id": current.id or None, "address": current.address[:LONGEST_ADDRESS] or None}


def come_from(kind: str, identity: int | None) -> None:
    """Note that it is sent by a `user` or with a `key`, of which this is the id."""
    current = _current.get()
    if current is not _NONE:
        current.caller = kind, identity


def caller() -> Caller | None:
    """Return who sent it, as `come_from` has noted it."""
    return _current.get().caller


def note_commit() -> None:
    """Note that it commits now: from here on nobody can say that it has done nothing."""
    current = _current.get()
    if current is not _NONE:
        current.may_have_changed = True


def may_have_changed() -> bool:
    """Return whether it has begun to commit anything."""
    return _current.get().may_have_changed


@contextmanager
def beside_it() -> Generator[None]:
    """Have what is committed within be no part of what was asked for."""
    current = _current.get()
    before = current.may_have_changed
    try:
        yield
    finally:
        current.may_have_changed = before
