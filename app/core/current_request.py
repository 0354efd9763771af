"""The request that is being worked on, as answers and log lines name it."""

from contextvars import ContextVar, Token

_id: ContextVar[str] = ContextVar("switchyard_request_id", default="")


def begin(request_id: str) -> Token[str]:
    """Name the request that is worked on from now on; `end` takes what this returns."""
    return _id.set(request_id)


def end(token: Token[str]) -> None:
    """Be done with the request."""
    _id.reset(token)


def request_id() -> str:
    """Return the id of the request that is worked on here, "" where there is none."""
    return _id.get()
