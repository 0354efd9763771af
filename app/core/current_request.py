"""The request that is being worked on, as answers and log lines name it."""

from contextvars import ContextVar, Token

Caller = tuple[str, int | None]


class CurrentRequest:
    """A request under way: its id and, once that is known, who sent it."""

    __slots__ = ("caller", "id")

    def __init__(self, request_id: str) -> None:
        self.id = request_id
        self.caller: Caller | None = None


_NONE = CurrentRequest("")
_current: ContextVar[CurrentRequest] = ContextVar("switchyard_request", default=_NONE)


def begin(request_id: str) -> Token[CurrentRequest]:
    """Name the request that is worked on from now on; `end` takes what this returns."""
    return _current.set(CurrentRequest(request_id))


def end(token: Token[CurrentRequest]) -> None:
    """Be done with the request."""
    _current.reset(token)


def request_id() -> str:
    """Return the id of the request that is worked on here, "" where there is none."""
    return _current.get().id


def come_from(kind: str, identity: int | None) -> None:
    """Note that it is sent by a `user` or with a `key`, of which this is the id."""
    current = _current.get()
    if current is not _NONE:
        current.caller = kind, identity


def caller() -> Caller | None:
    """Return who sent it, as `come_from` has noted it."""
    return _current.get().caller
