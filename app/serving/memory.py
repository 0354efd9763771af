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

import hashlib
import json
import math
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import attrgetter
from threading import Lock
from typing import Any, NamedTuple, cast

from cachetools import LRUCache
from flask import Flask, current_app
from sqlalchemy import Row, bindparam, select

from app.accounts import access, origins
from app.accounts.asking import SERVING_TYPES
from app.core.background_reads import BackgroundReads
from app.core.cache import Entry, Recent
from app.core.database import db
from app.core.errors import Unauthenticated, Unavailable
from app.models import (
    ApiKey,
    Experiment,
    Goal,
    KeyType,
    Project,
    Run,
    RunGoal,
    Status,
    Variant,
    now,
    table_of,
)
from app.serving import bucketing
from app.serving.renewal import Renewal
from app.web import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_memory"
MOST_KEYS = 10_000
MOST_PROJECTS = 1_000
MOST_ORIGINS = 10_000
KEYS_AT_ONCE = 200
# Younger ones are those of busy sites, which are read again with the next evaluations.
SECONDS_UNRENEWED = 1.0

# A version and its nonce: alike in both is the same state.
Version = tuple[int, str]


@dataclass(frozen=True)
class ServingKey:
    """A key that evaluates and collects, and the version of its project when it was read.

    `read_at` is the moment before that, in this process's seconds.
    """

    id: int
    type: KeyType
    project_id: int
    expires_at: datetime | None
    project_version: Version
    read_at: float


@dataclass(frozen=True)
class Served:
    """A variant as a visitor gets it."""

    key: str
    value: object


@dataclass(frozen=True)
class Live:
    """A running experiment: its split, as `bucketing` takes it, and the ids of its goals."""

    key: str
    run_id: int
    salt: str
    traffic_allocation: int
    split: tuple[int, ...]
    variants: tuple[Served, ...]
    goal_ids: frozenset[int]

    def position_of(self, unit: str) -> int | None:
        """Return the position of the unit's variant, None for a unit outside the traffic."""
        return bucketing.variant_of(self.salt, self.traffic_allocation, self.split, unit)

    def variant_of(self, unit: str) -> Served | None:
        """Return the unit's variant, None for a unit outside the traffic."""
        position = self.position_of(unit)
        return None if position is None else self.variants[position]


@dataclass(frozen=True)
class Running:
    """The running experiments at a version. `fingerprint` changes with what visitors get.

    The version is None where it changed while they were read. `read_at` is the moment before that.
    """

    version: Version | None
    read_at: float
    unit_salt: str
    origins: frozenset[str]
    experiments: dict[str, Live]
    goal_ids: dict[str, int]
    fingerprint: str


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
        self._origins = Recent[str, bool](seconds_remembered, MOST_ORIGINS)
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
        found = _read_project(project_id, version)
        with self._lock:
            self._projects[project_id] = max(
                found, self._projects.get(project_id, found), key=_read_at
            )
        return found

    def remembered(self, project_id: int) -> Running | None:
        """Return what ran in the project when it was last read."""
        with self._lock:
            return self._projects.get(project_id)

    def lists_origin(self, origin: str) -> bool:
        """Return whether any project lists this origin; of those remembered, where none is read."""
        known = self._origins.known(origin)
        if known is not None:
            return known
        try:
            return self._reads.read(
                ("origin", origin),
                lambda: self._origins.read(origin, lambda: origins.is_listed(origin)),
            )
        except Unavailable:
            with self._lock:
                return any(origin in each.origins for each in self._projects.values())

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
        read_at = time.monotonic()
        hashes = [access.token_hash(each.key) for each in entries]
        rows = db.session.execute(_keys_by_token, {"token_hashes": hashes})
        found = {row.token_hash: row for row in rows}
        for token_hash, entry in zip(hashes, entries, strict=True):
            self._renew_one(entry, found.get(token_hash), read_at)

    def _renew_one(
        self, entry: Entry[str, ServingKey], row: Row[*tuple[Any, ...]] | None, read_at: float
    ) -> None:
        is_wanted = entry.age < self._seconds_stale and self.remembered(entry.value.project_id)
        try:
            key = is_wanted and _serving_key(row, read_at)
        except Unauthenticated:
            key = None
        if not key:
            self._keys.forget(entry.key)
            return
        # First of all: where this fails, the key is not renewed either.
        self.running(key.project_id, key.project_version, read_at)
        self._keys.replace(entry.key, entry.value, key)

    def _read(self, token: str) -> Known:
        found: list[Running] = []

        def read() -> ServingKey:
            key = _read_key(token)
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
        if not (key and running and access.is_valid(None, key.expires_at, now())):
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


_key, _project = table_of(ApiKey).c, table_of(Project).c
_keys = select(
    _key.id,
    _key.type,
    _key.project_id,
    _project.version,
    _project.nonce,
    _key.revoked_at,
    _key.expires_at,
    _project.retired_at,
).join_from(table_of(ApiKey), table_of(Project))
_key_by_token = _keys.where(_key.token_hash == bindparam("token_hash"))
_keys_by_token = _keys.add_columns(_key.token_hash).where(
    _key.token_hash.in_(bindparam("token_hashes", expanding=True))
)
_salt_and_version = select(_project.unit_salt, _project.version, _project.nonce).where(
    _project.id == bindparam("project")
)
_live_variants = (
    select(
        Experiment.key,
        Run.id,
        Run.salt,
        Run.traffic_allocation,
        Variant.key,
        Variant.weight,
        Variant.value,
    )
    .join_from(Experiment, Run, (Run.test_id == Experiment.test_id) & Run.is_current)
    .join(Variant, Variant.run_id == Run.id)
    .where(
        Experiment.project_id == bindparam("project"),
        Experiment.status == Status.RUNNING,
    )
    .order_by(Experiment.test_id, Variant.position)
)


def _read_key(token: str) -> ServingKey:
    read_at = time.monotonic()
    row = db.session.execute(_key_by_token, {"token_hash": access.token_hash(token)}).first()
    return _serving_key(row, read_at)


def _serving_key(row: Row[*tuple[Any, ...]] | None, read_at: float) -> ServingKey:
    """Return the key that was read. Raises Unauthenticated where it is none, or has ended."""
    if row is None or not access.is_valid(row.revoked_at, row.expires_at, now()):
        raise Unauthenticated("Invalid or missing API key.")
    if row.type not in SERVING_TYPES:
        raise Unauthenticated("This takes a server or a client key; an admin key is for changes.")
    if row.retired_at:
        raise Unauthenticated("The project of this key is retired.")
    version = row.version, row.nonce
    return ServingKey(row.id, row.type, row.project_id, row.expires_at, version, read_at)


def _read_project(project_id: int, version: Version) -> Running:
    read_at = time.monotonic()
    experiments = _read_experiments(project_id)
    goals = select(Goal.key, Goal.id).where(Goal.project_id == project_id)
    goal_ids = dict(db.session.execute(goals).all())
    listed = frozenset(origins.listed(project_id))
    # Last of all: what was read while the version became another may be of either.
    unit_salt, *at_end = db.session.execute(_salt_and_version, {"project": project_id}).one()
    return Running(
        version if version == tuple(at_end) else None,
        read_at,
        unit_salt,
        listed,
        experiments,
        goal_ids,
        _fingerprint(experiments),
    )


def _read_experiments(project_id: int) -> dict[str, Live]:
    weights: defaultdict[tuple[str, int, str, int], list[int]] = defaultdict(list)
    variants: defaultdict[int, list[Served]] = defaultdict(list)
    for row in db.session.execute(_live_variants, {"project": project_id}):
        key, run_id, salt, traffic_allocation, variant_key, weight, value = row
        weights[key, run_id, salt, traffic_allocation].append(weight)
        variants[run_id].append(Served(variant_key, value))
    goal_ids = _read_goals(list(variants))
    return {
        run[0]: Live(
            *run, bucketing.ends(each), tuple(variants[run[1]]), frozenset(goal_ids[run[1]])
        )
        for run, each in weights.items()
    }


def _read_goals(run_ids: list[int]) -> defaultdict[int, set[int]]:
    goal_ids: defaultdict[int, set[int]] = defaultdict(set)
    statement = select(RunGoal.run_id, RunGoal.goal_id).where(RunGoal.run_id.in_(run_ids))
    for run_id, goal_id in db.session.execute(statement):
        goal_ids[run_id].add(goal_id)
    return goal_ids


def _fingerprint(experiments: dict[str, Live]) -> str:
    parts = [
        [live.key, live.salt, live.traffic_allocation, live.split, [vars(v) for v in live.variants]]
        for live in experiments.values()
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
