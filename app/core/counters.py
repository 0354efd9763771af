"""The numbers that Prometheus collects, over all processes that count in a folder."""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from app.core.count_files import CountFiles

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Counters:
    """The numbers of one process. There is one of these in a process: the library has one place.

    Raises OSError where they cannot be kept in the folder.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, folder: Path) -> None:
        self._files = CountFiles(folder)
        name = self._files.claim()
        os.environ[FOLDER] = str(folder)
        values.ValueClass = values.MultiProcessValue(lambda: name)
        self._counters = {
            name: Counter(f"switchyard_{name}", says, labels, registry=None)
            for name, says, labels in _COUNTERS
        }
        self._request_seconds = Histogram(
            "switchyard_request_seconds",
            "How long requests took",
            ["kind", "status"],
            buckets=SECONDS,
            registry=None,
        )
        self._connections = _gauge(
            "connections_in_use", "Of the servers to the database", "livesum"
        )
        self._most_connections = _gauge("connections_allowed", "Most of these", "livesum")
        # Finding the child of a metric anew each time takes as long as counting in it.
        self._children: dict[tuple[str, ...], Counter] = {}
        self._timers: dict[tuple[str, str], Histogram] = {}

    def add(self, what: str, *labels: str, by: float = 1) -> None:
        """Count in the counter of this name."""
        child = self._children.get((what, *labels))
        if child is None:
            child = self._counters[what].labels(*labels)
            self._children[what, *labels] = child
        child.inc(by)

    def time(self, kind: str, status: str, seconds: float) -> None:
        """Count a request of this kind, its status by its class, and how long it took."""
        timer = self._timers.get((kind, status))
        if timer is None:
            timer = self._timers[kind, status] = self._request_seconds.labels(kind, status)
        timer.observe(seconds)

    def tell_of_pool(self, in_use: int, most: int) -> None:
        """Say how many connections the process has in use, and how many it may have."""
        self._connections.set(in_use)
        self._most_connections.set(most)

    def tell_of_jobs(self, moment: float, schedule_seconds: float, queues_unserved: int) -> None:
        """Say when the jobs were at work, and how far behind they were then."""
        self._jobs_seen.set(moment)
        self._schedule_lag.set(schedule_seconds)
        self._queues_unserved.set(queues_unserved)

    def tell_of_waiting(self, way: str, number: int, oldest_seconds: float) -> None:
        """Say how much waits to be sent by webhook or by mail, and for how long the oldest has."""
        waiting, oldest = self._waiting
        waiting.labels(way).set(number)
        oldest.labels(way).set(oldest_seconds)

    def tell_of_kept_events(self, kept: int, set_aside: int, room_used: float) -> None:
        """Say how many requests' events this machine keeps, and how much of their room is used."""
        for gauge, value in zip(self._kept_events, (kept, set_aside, room_used), strict=True):
            gauge.set(value)

    def tell_of_stream(self, *values: float) -> None:
        """Say how much waits in the event stream, for how long, what was set aside, room used."""
        for gauge, value in zip(self._stream, values, strict=True):
            gauge.set(value)

    def text(self) -> bytes:
        """Return all numbers of all processes, as Prometheus reads them. Raises OSError."""
        registry = CollectorRegistry()
        with self._files.settled():
            MultiProcessCollector(registry, str(self._files.folder))
            return generate_latest(registry)

    # A process that never sets these must not have them: a 0 would say that nothing is behind.
    @cached_property
    def _jobs_seen(self) -> Gauge:
        return _gauge("jobs_seen_timestamp_seconds", "When jobs was last at work", "livemax")

    @cached_property
    def _schedule_lag(self) -> Gauge:
        says = "How long ago the oldest change was due that jobs then came to"
        return _gauge("schedule_lag_seconds", says, "livemax")

    @cached_property
    def _queues_unserved(self) -> Gauge:
        says = "Projects whose queue could be served when jobs came to it"
        return _gauge("queues_unserved", says, "livemax")

    @cached_property
    def _waiting(self) -> tuple[Gauge, Gauge]:
        return (
            _gauge("sendings_waiting", "What is to be sent", "livemax", ["way"]),
            _gauge("sendings_oldest_seconds", "How old the oldest is", "livemax", ["way"]),
        )

    @cached_property
    def _kept_events(self) -> tuple[Gauge, Gauge, Gauge]:
        # All processes look at one file: what was seen last is so.
        mode = "livemostrecent"
        return (
            _gauge("kept_requests", "Requests whose events are still to be recorded", mode),
            _gauge("set_aside_requests", "Requests whose events the database refuses", mode),
            _gauge("kept_events_room_used_ratio", "Of the room for kept events", mode),
        )

    @cached_property
    def _stream(self) -> tuple[Gauge, ...]:
        mode = "livemostrecent"
        return (
            _gauge("stream_requests", "Parts of requests that wait in the event stream", mode),
            _gauge("stream_oldest_seconds", "How long the oldest of these has waited", mode),
            _gauge("stream_set_aside", "Parts of requests that the database refuses", mode),
            _gauge("stream_room_used_ratio", "Of the room in the event stream", mode),
        )


_COUNTERS = (
    ("transitions", "Changes of status that were made", ["action", "door"]),
    ("refusals", "Changes of status that the rules refused", ["code", "door"]),
    ("evaluations", "Evaluations, by what was answered", ["answer"]),
    ("events", "Events of visitors, by what became of them", ["outcome"]),
    ("sendings", "Attempts to send something, by what came of each", ["way", "outcome"]),
)


def _gauge(
    name: str,
    says: str,
    mode: Literal["livesum", "livemax", "livemostrecent"],
    labels: Sequence[str] = (),
) -> Gauge:
    return Gauge(f"switchyard_{name}", says, labels, registry=None, multiprocess_mode=mode)
