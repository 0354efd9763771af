"""The bound on the requests that a process works on at once.

The server has a thread for every connection, so that a body that comes slowly, or never whole,
holds up nobody else. Those whose body is there wait here until few enough are being worked on.

Each kind of request has places of its own, and each place its connection to the database: however
many wait for a lock, evaluations, events and pages go on.
"""

from collections.abc import Generator
from contextlib import contextmanager

from flask import Flask, current_app, g, request

from app.core import waiting
from app.core.errors import Busy
from app.web.limits.places import Places
from app.web.request_kinds import Kind, first_part, kind_of

EXTENSION = "switchyard_concurrency"


# Asked when nothing else is answered: they wait for no place, and need no connection.
AT_ONCE = frozenset({"health.live", "metrics.show"})


def places(connections: int) -> dict[Kind, int]:
    """Return how many of each kind are worked on at once, with so many connections in all."""
    each, left = divmod(connections, len(Kind))
    return dict.fromkeys(Kind, each) | {
        Kind.READING: each + (left + 1) // 2,
        Kind.WRITING: each + left // 2,
    }


def register(app: Flask) -> None:
    """Bound what the application works on at once."""
    most = places(app.config["DATABASE_CONNECTIONS"])
    app.extensions[EXTENSION] = {kind: Places(number) for kind, number in most.items()}
    app.teardown_request(_make_room)


def wait_for_room() -> None:
    """Wait until the request may be worked on, which it is until its context ends.

    Raises Busy when that takes too long. From here on its waits have an end. Events wait for a
    place when they are recorded, those of many requests for one.
    """
    if request.endpoint in AT_ONCE:
        return
    waiting.bound(waiting.SECONDS_OF_REQUEST)
    kind = kind_of(request.method, first_part(request.path))
    if kind is Kind.COLLECTING:
        return
    room = current_app.extensions[EXTENSION][kind]
    if not room.acquire(timeout=waiting.seconds_left()):
        raise Busy
    g.room = room


@contextmanager
def room_for(kind: Kind) -> Generator[None]:
    """Take a place for work that has none yet. Raises Busy when that takes too long."""
    room = current_app.extensions[EXTENSION][kind]
    if not room.acquire(timeout=waiting.seconds_left()):
        raise Busy
    try:
        yield
    finally:
        room.release()


def _make_room(_error: BaseException | None) -> None:
    waiting.bound(None)
    room = g.pop("room", None)
    if room:
        room.release()
