"""The event stream: a Redis holds events, as they were judged, until a reader has recorded them.

So a moment in which more comes than the database can record holds nobody up, on however many
machines it comes. Readers are a consumer group, of which one has its turn at a time: what a visitor
did is recorded after what exposed them. Redis remembers what a reader has taken until it says that
it is recorded; whoever has the turn after one that was killed begins with that.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app

from app.core.errors import Unavailable
from app.core.rare_logs import log_rarely

if TYPE_CHECKING:
    from redis import Redis
    from redis.lock import Lock

EXTENSION = "switchyard_event_stream"
STREAM, REFUSED, TURN = (f"switchyard:events{part}" for part in ("", ":refused", ":turn"))
GROUP = BODY = "judged"
SECONDS_TO_WAIT = 2.0
SECONDS_OF_TURN = 5.0
MILLISECONDS_FOR_MORE = 500
MOST_READ = 500


@dataclass(frozen=True)
class Streamed:
    """The events of one request, or a part of them, as JSON, by their id in the stream."""

    id: str
    body: str


class EventStream:
    """The stream in the Redis at an address."""

    def __init__(self, address: str) -> None:
        # Nobody else needs it.
        from redis import Redis  # noqa: PLC0415

        waits: dict[str, Any] = dict.fromkeys(
            ("socket_connect_timeout", "socket_timeout"), SECONDS_TO_WAIT
        )
        self._redis: Redis = Redis.from_url(address, decode_responses=True, **waits)

    def add(self, bodies: Sequence[str]) -> None:
        """Have a request's events in the stream, in their order: all of them, or none.

        Raises Unavailable where that is not sure.
        """
        with _told_as_unavailable(), self._redis.pipeline(transaction=True) as pipeline:
            for body in bodies:
                pipeline.xadd(STREAM, {BODY: body})
            pipeline.execute()

    def waiting(self) -> int:
        """Return how many entries are not recorded yet. Raises Unavailable."""
        with _told_as_unavailable():
            return cast("int", self._redis.xlen(STREAM))

    @contextmanager
    def turn(self) -> Generator["Turn | None"]:
        """Take the turn of the one who reads; None where somebody else has it for a while longer.

        Raises Unavailable.
        """
        lock = self._redis.lock(TURN, timeout=SECONDS_OF_TURN, blocking_timeout=SECONDS_TO_WAIT)
        with _told_as_unavailable():
            if not lock.acquire():
                yield None
                return
            self._begin_group()
            try:
                yield Turn(self._redis, lock)
            finally:
                _give_back(lock)

    def _begin_group(self) -> None:
        from redis.exceptions import ResponseError  # noqa: PLC0415

        # It is there already, but for the first time.
        with suppress(ResponseError):
            self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)


class Turn:
    """The turn of one reader; it ends by itself where the reader does."""

    def __init__(self, redis: "Redis", lock: "Lock") -> None:
        self._redis = redis
        self._lock = lock

    def oldest(self) -> list[Streamed]:
        """Return the oldest entries, those first that were taken and never recorded.

        Raises LockError where the turn has ended meanwhile.
        """
        self._lock.reacquire()
        claimed = cast(
            "list[Any]", self._redis.xautoclaim(STREAM, GROUP, GROUP, 0, count=MOST_READ)
        )
        if claimed[1]:
            return _read(claimed[1])
        new: dict[Any, Any] = {STREAM: ">"}
        found = self._redis.xreadgroup(
            GROUP, GROUP, new, count=MOST_READ, block=MILLISECONDS_FOR_MORE
        )
        return [each for _, entries in cast("list[Any]", found) for each in _read(entries)]

    def forget(self, entries: Sequence[Streamed]) -> None:
        """Forget entries: they are recorded."""
        ids = [each.id for each in entries]
        with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xack(STREAM, GROUP, *ids)
            pipeline.xdel(STREAM, *ids)
            pipeline.execute()

    def set_aside(self, entry: Streamed) -> None:
        """Leave an entry that cannot be recorded in a stream of its own, in nobody's way."""
        self._redis.xadd(REFUSED, {BODY: entry.body})


def _read(entries: Sequence[tuple[str, dict[str, str]]]) -> list[Streamed]:
    return [Streamed(name, members[BODY]) for name, members in entries]


def _give_back(lock: "Lock") -> None:
    from redis.exceptions import LockError  # noqa: PLC0415

    with suppress(LockError):
        lock.release()


@contextmanager
def _told_as_unavailable() -> Generator[None]:
    from redis.exceptions import RedisError  # noqa: PLC0415

    try:
        yield
    except RedisError as error:
        log_rarely("event stream", "the event stream cannot be used: %s", error)
        raise Unavailable("The event stream cannot be used at this moment.") from None


def register(app: Flask) -> None:
    """Give the application its event stream, where EVENT_STREAM names one."""
    address = app.config["EVENT_STREAM"]
    app.extensions[EXTENSION] = EventStream(address) if address else None


def of_app() -> EventStream | None:
    """Return the event stream of the application that answers, None where it has none."""
    return cast("EventStream | None", current_app.extensions[EXTENSION])
