"""The running experiments, kept in memory: an evaluation asks no database while it is fresh.

Each process remembers a key, with its project's version at that moment, for
SECONDS_REMEMBERED. Then one query asks for both again, and
where the version is another the project's running experiments are read anew. So a pause reaches
every process's next evaluation after that time at the latest, and nothing has to be told to
anybody. Reading never waits for a writer, on either database.

While the database is away, busy or silent, what was read last is good for STALE_MINUTES. Until
then a thread asks for it again every few seconds, in one small query: so that is never much older
than the last moment in which the database was up.
"""

import math
import time
from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from threading import Lock
from typing import NamedTuple, cast

from cachetools import LRUCache
from flask import Flask, current_app

from app.accounts import key_rights
from app.core.cache import Entry, Recent
from app.core.errors import Unauthenticated, Unavailable
from app.database.background_reads import BackgroundReads
from app.models import now
from app.serving import running_experiments, serving_keys
from app.serving.renewal import Renewal
from app.serving.running_experiments import Running, Version
from app.serving.serving_keys import ServingKey
from app.web.limits import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_memory"
MOST_KEYS = 10_000
MOST_PROJECTS = 1_000
KEYS_AT_ONCE = 200
# Younger ones are those of busy sites, which are read again with the next evaluations.
SECONDS_UNRENEWED = 1.0


class Known(NamedTuple):
    """A key and what runs in its project; how many seconds old that is, where it is stale."""

    key: ServingKey
    running: Running
    stale_seconds: int | None = None


class Memory:
    """The memory of one process, bounded: old entries make room for new ones."""

    def __init__(self, app: Flask) -> None:
        seconds_remembered = app.config["SECONDS_REMEMBERED"]
        places = concurrency.places(app.config["DATABASE_CONNECTIONS"])
        self._reads = BackgroundReads(app.app_context, places[Kind.EVALUATING])
        self._seconds_stale = app.config["STALE_MINUTES"] * 60
        self._keys = Recent[str, ServingKey](seconds_remembered, MOST_KEYS)
        self._projects = LRUCache[int, Running](MOST_PROJECTS)
        self._lock = Lock()
        self._renewal = Renewal(self)

    @property
    def is_database_away(self) -> bool:
        """Return whether the database has not answered, and is being tried."""
        return self._reads.are_overdue

    def known(self, token: str) -> Known:
        """Return the server or client key with this token, and what runs in its project.

        Raises Unauthenticated when it is none, and Unavailable when that cannot be read now and
        was not read lately.
        """
        key = self._keys.known(token)
        running = key and self.remembered(key.project_id)
        if key and running and _is_as_new(running, key.project_version, key.read_at):
            return Known(key, running)
        try:
            return self._reads.read(("key", token), lambda: self._read(token))
        except Unavailable:
            stale = self._stale(token)
            if stale is None:
                raise
            return stale

    def running(self, project_id: int, version: Version, read_at: float) -> Running:
        """Return what runs in the project, as it was at `version` or has become since `read_at`."""
        known = self.remembered(project_id)
        if known and _is_as_new(known, version, read_at):
            return known
        found = running_experiments.read(project_id, version)
        with self._lock:
            self._projects[project_id] = max(
                found, self._projects.get(project_id, found), key=_read_at
            )
        return found

    def remembered(self, project_id: int) -> Running | None:
        """Return what ran in the project when it was last read."""
        with self._lock:
            return self._projects.get(project_id)

    def is_any(self) -> bool:
        """Return whether there is anything that is good for longer than SECONDS_REMEMBERED."""
        return self._seconds_stale > 0 and not self._keys.is_empty()

    def renew(self) -> None:
        """Ask for all that nobody has asked for lately.

        What has ended is forgotten, and what nobody has asked for during STALE_MINUTES. Raises
        Unavailable where the database is away, busy or slow.
        """
        moment = time.monotonic()
        entries = self._keys.entries()
        due = [each for each in entries if moment - each.value.read_at >= SECONDS_UNRENEWED]
        for first in range(0, len(due), KEYS_AT_ONCE):
            part = due[first : first + KEYS_AT_ONCE]
            self._reads.read(("renewal", part[0].key), partial(self._renew, part))

    def _renew(self, entries: Sequence[Entry[str, ServingKey]]) -> None:
        keys = serving_keys.read_all([each.key for each in entries])
        for entry, key in zip(entries, keys, strict=True):
            self._renew_one(entry, key)

    def _renew_one(self, entry: Entry[str, ServingKey], key: ServingKey | None) -> None:
        is_wanted = entry.age < self._seconds_stale and self.remembered(entry.value.project_id)
        if not (key and is_wanted):
            self._keys.forget(entry.key)
            return
        # First of all: where this fails, the key is not renewed either.
        self.running(key.project_id, key.project_version, key.read_at)
        self._keys.replace(entry.key, entry.value, key)

    def _read(self, token: str) -> Known:
        found: list[Running] = []

        def read() -> ServingKey:
            key = serving_keys.read(token)
            found.append(self.running(key.project_id, key.project_version, key.read_at))
            return key

        try:
            known = Known(self._keys.read(token, read), found[0])
        except Unauthenticated:
            self._keys.forget(token)
            raise
        if self._seconds_stale:
            self._renewal.begin()
        return known

    def _stale(self, token: str) -> Known | None:
        key = self._keys.known(token, math.inf)
        running = key and self.remembered(key.project_id)
        if not (key and running and key_rights.is_valid(None, key.expires_at, now())):
            return None
        age = time.monotonic() - key.read_at
        return Known(key, running, int(age)) if age < self._seconds_stale else None


_read_at = attrgetter("read_at")


def _is_as_new(running: Running, version: Version, read_at: float) -> bool:
    """Return whether what was read is at least as new as a version that was read at a moment.

    Versions have no order: an older state of the database may have been restored.
    """
    return running.version == version or running.read_at >= read_at


def register(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions[EXTENSION] = Memory(app)


def of_app() -> Memory:
    """Return the memory of the application that answers."""
    return cast("Memory", current_app.extensions[EXTENSION])
