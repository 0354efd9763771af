"""The event stream: a Redis holds events, as they were judged, until a reader has recorded them.

So a moment in which more comes than the database can record holds nobody up, on however many
machines it comes. A visitor's events are all in one of several lanes, each a stream: one reader has
its turn at a lane at a time, so that what a visitor did is recorded after what exposed them, and
as many readers as there are lanes are at work at once. What a reader has read stays in the lane
until it says that it is recorded; whoever has the turn after one that was killed begins with that.

No project takes all of the room: it may add as long as it has at most TIMES_WHAT_IS_LEFT times of
what is left, as in the file of kept events.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from flask import Flask, current_app

from app.core.errors import Unavailable
from app.core.rare_logs import log_rarely
from app.events.kept.kept_events import TIMES_WHAT_IS_LEFT

if TYPE_CHECKING:
    from redis import Redis
    from redis.lock import Lock

EXTENSION = "switchyard_event_stream"
STREAM = "switchyard:events"
LANES = tuple(f"{STREAM}:{number}" for number in range(8))
REFUSED, USED, TURN = (f"{STREAM}:{part}" for part in ("refused", "used", "turn"))
PROJECT, BODY = "project", "judged"
ALL = "all"
BYTES_OF_MB = 1024 * 1024
SECONDS_TO_WAIT = 2.0
SECONDS_OF_TURN = 5.0
SECONDS_UNTIL_BEHIND = 30.0
MOST_READ = 500
MOST_BYTES = 500_000
_ADD = f"""
local used = redis.call('HMGET', KEYS[1], ARGV[1], '{ALL}')
if (tonumber(used[1]) or 0) >= {TIMES_WHAT_IS_LEFT} * (ARGV[2] - (used[2] or 0)) then return 0 end
for place = 2, #KEYS do
  local body = ARGV[place + 1]
  redis.call('XADD', KEYS[place], '*', '{PROJECT}', ARGV[1], '{BODY}', body)
  redis.call('HINCRBY', KEYS[1], ARGV[1], #body)
  redis.call('HINCRBY', KEYS[1], '{ALL}', #body)
end
return 1
"""
_FORGET_UNTIL = f"""
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', ARGV[1])) do
  local id, members = entry[1], entry[2]
  redis.call('XDEL', KEYS[2], id)
  redis.call('HINCRBY', KEYS[1], members[2], -#members[4])
  redis.call('HINCRBY', KEYS[1], '{ALL}', -#members[4])
end
"""


class ShareTaken(Unavailable):
    """The project has as much in the stream as it may: it has to wait for what it has sent."""

    why = "The project has its share of the event stream waiting to be recorded."


@dataclass(frozen=True)
class Streamed:
    """The events of one request in a lane, or a part of them, as JSON, by their id there."""

    id: str
    project: str
    body: str


@dataclass(frozen=True)
class State:
    """How many entries wait to be recorded, and the oldest for how many seconds.

    Then how many were set aside, and the share of room used.
    """

    waiting: int
    seconds_behind: float
    set_aside: int
    room_used: float

    @property
    def is_behind(self) -> bool:
        """Return whether something has waited for longer than readers that are at work leave it."""
        return self.seconds_behind > SECONDS_UNTIL_BEHIND


def lane(unit: str) -> str:
    """Return the lane of a visitor, by the hash that is stored of them."""
    return LANES[crc32(unit.encode()) % len(LANES)]


class EventStream:
    """The stream in the Redis at an address, with room for so many megabytes of events."""

    def __init__(self, address: str, megabytes: int) -> None:
        # Nobody else needs it.
        from redis import Redis  # noqa: PLC0415

        waits: dict[str, Any] = dict.fromkeys(
            ("socket_connect_timeout", "socket_timeout"), SECONDS_TO_WAIT
        )
        self._redis: Redis = Redis.from_url(address, decode_responses=True, **waits)
        self._most = megabytes * BYTES_OF_MB
        self._add = self._redis.register_script(_ADD)

    def add(self, project_id: int, bodies: Sequence[tuple[str, str]]) -> None:
        """Have a request's events in their lanes, in their order: all of them, or none.

        Raises ShareTaken where the project has no room left, then none are; Unavailable where that
        is not sure.
        """
        lanes, texts = zip(*bodies, strict=True)
        with _told_as_unavailable():
            has_room = self._add([USED, *lanes], [project_id, self._most, *texts])
        if not has_room:
            log_rarely("share", "project %d has its share of the event stream", project_id)
            raise ShareTaken

    def waiting(self) -> int:
        """Return how many entries are not recorded yet. Raises Unavailable."""
        return self.state().waiting

    def state(self) -> State:
        """Return how much waits in the stream. Raises Unavailable."""
        with _told_as_unavailable(), self._redis.pipeline(transaction=False) as pipeline:
            for each in (REFUSED, *LANES):
                pipeline.xlen(each)
            pipeline.hget(USED, ALL)
            pipeline.time()
            *lengths, used, (seconds, _) = pipeline.execute()
            heads = self._heads()
        set_aside, *waiting = cast("list[int]", lengths)
        since = heads[0][0] / 1000 if heads else seconds
        room_used = round(int(used or 0) / self._most, 3)
        return State(sum(waiting), max(0.0, round(seconds - since, 1)), set_aside, room_used)

    @contextmanager
    def turn(self) -> Generator["Turn | None"]:
        """Take the turn at the lane that has waited for the longest, of those nobody is at.

        None where there is none. Raises Unavailable.
        """
        with _told_as_unavailable():
            lock, taken = None, None
            for _, each in self._heads():
                lock = self._redis.lock(f"{TURN}:{each}", timeout=SECONDS_OF_TURN)
                if lock.acquire(blocking=False):
                    taken = Turn(self._redis, each)
                    break
            try:
                yield taken
            finally:
                if lock and taken:
                    _give_back(lock)

    def _heads(self) -> list[tuple[int, str]]:
        """Return when the oldest entry of each lane came, in milliseconds, the oldest first."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for each in LANES:
                pipeline.xrange(each, count=1)
            found = zip(LANES, pipeline.execute(), strict=True)
        return sorted(
            (int(entries[0][0].split("-")[0]), each) for each, entries in found if entries
        )


class Turn:
    """The turn of one reader at a lane; it ends by itself where the reader does."""

    def __init__(self, redis: "Redis", lane: str) -> None:
        self._redis = redis
        self._lane = lane

    def oldest(self) -> list[Streamed]:
        """Return the oldest entries of the lane, so many as are recorded at once."""
        found = cast("list[Any]", self._redis.xrange(self._lane, count=MOST_READ))
        entries = [Streamed(name, each[PROJECT], each[BODY]) for name, each in found]
        sizes = accumulate(len(each.body) for each in entries)
        return [
            each
            for each, size in zip(entries, sizes, strict=True)
            if size <= MOST_BYTES or each is entries[0]
        ]

    def forget_until(self, entry: Streamed) -> None:
        """Forget an entry and all before it: they are recorded."""
        self._redis.eval(_FORGET_UNTIL, 2, USED, self._lane, entry.id)

    def set_aside(self, entry: Streamed) -> None:
        """Leave an entry that cannot be recorded in a stream of its own, in nobody's way."""
        self._redis.xadd(REFUSED, {PROJECT: entry.project, BODY: entry.body})


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
    address, megabytes = app.config["EVENT_STREAM"], app.config["EVENT_STREAM_MB"]
    app.extensions[EXTENSION] = EventStream(address, megabytes) if address else None


def of_app() -> EventStream | None:
    """Return the event stream of the application that answers, None where it has none."""
    return cast("EventStream | None", current_app.extensions[EXTENSION])
