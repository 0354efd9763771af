"""The running experiments, kept in memory: an evaluation asks no database while it is fresh.

Each process remembers a key, with its project's version at that moment, for
SECONDS_REMEMBERED. Then one query asks for both again, and
where the version has moved the project's running experiments are read anew. So a pause reaches
every process's next evaluation after that time at the latest, and nothing has to be told to
anybody. Reading never waits for a writer, on either database.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from threading import Lock
from typing import cast

from cachetools import LRUCache
from flask import Flask, current_app
from sqlalchemy import bindparam, select

from app.accounts import access, origins
from app.accounts.asking import SERVING_TYPES
from app.core.cache import Recent
from app.core.database import db
from app.core.errors import Unauthenticated
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

EXTENSION = "switchyard_memory"
MOST_KEYS = 10_000
MOST_PROJECTS = 1_000


@dataclass(frozen=True)
class ServingKey:
    """A key that evaluates and collects, and the version of its project when it was read."""

    id: int
    type: KeyType
    project_id: int
    project_version: int


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
    """The running experiments at a version. `fingerprint` changes with what visitors get."""

    version: int
    unit_salt: str
    origins: frozenset[str]
    experiments: dict[str, Live]
    goal_ids: dict[str, int]
    fingerprint: str


class Memory:
    """The memory of one process, bounded: old entries make room for new ones."""

    def __init__(self, seconds_remembered: float) -> None:
        self._keys = Recent[str, ServingKey](seconds_remembered, MOST_KEYS)
        self._projects = LRUCache[int, Running](MOST_PROJECTS)
        self._lock = Lock()

    def key(self, token: str) -> ServingKey:
        """Return the server or client key with this token; Unauthenticated when it is none."""
        return self._keys.get(token, lambda: _read_key(token))

    def running(self, project_id: int, version: int) -> Running:
        """Return what runs in the project at `version` of it, or at a later one."""
        with self._lock:
            known = self._projects.get(project_id)
        if known and known.version >= version:
            return known
        found = _read_project(project_id, version)
        with self._lock:
            self._projects[project_id] = max(
                found, self._projects.get(project_id, found), key=_version
            )
        return found


_version = attrgetter("version")


def register(app: Flask) -> None:
    """Give the application a memory of its own."""
    app.extensions[EXTENSION] = Memory(app.config["SECONDS_REMEMBERED"])


def of_app() -> Memory:
    """Return the memory of the application that answers."""
    return cast("Memory", current_app.extensions[EXTENSION])


_key, _project = table_of(ApiKey).c, table_of(Project).c
_key_by_token = (
    select(
        _key.id,
        _key.type,
        _key.project_id,
        _project.version,
        _key.revoked_at,
        _key.expires_at,
        _project.retired_at,
    )
    .join_from(table_of(ApiKey), table_of(Project))
    .where(_key.token_hash == bindparam("token_hash"))
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
    row = db.session.execute(_key_by_token, {"token_hash": access.token_hash(token)}).first()
    if row is None or not access.is_valid(row.revoked_at, row.expires_at, now()):
        raise Unauthenticated("Invalid or missing API key.")
    if row.type not in SERVING_TYPES:
        raise Unauthenticated("This takes a server or a client key; an admin key is for changes.")
    if row.retired_at:
        raise Unauthenticated("The project of this key is retired.")
    return ServingKey(row.id, row.type, row.project_id, row.version)


def _read_project(project_id: int, version: int) -> Running:
    experiments = _read_experiments(project_id)
    goals = select(Goal.key, Goal.id).where(Goal.project_id == project_id)
    return Running(
        version,
        db.session.execute(
            select(_project.unit_salt).where(_project.id == project_id)
        ).scalar_one(),
        frozenset(origins.listed(project_id)),
        experiments,
        dict(db.session.execute(goals).all()),
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
