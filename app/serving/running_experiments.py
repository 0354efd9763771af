"""What runs in a project, as evaluations and events need it, and how it is read."""

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, literal, select, union_all

from app.accounts import networks, origins
from app.accounts.networks import Network
from app.database.engine import db
from app.experiments.audiences import conditions, matching
from app.experiments.audiences.conditions import Audience
from app.experiments.audiences.matching import Context
from app.models import (
    Experiment,
    Goal,
    Project,
    Run,
    Status,
    Variant,
    is_shipped,
    table_of,
)
from app.serving import bucketing, terms
from app.serving.terms import RunTerms, TermsOfRuns

MOST_IDLE = 1_000
"""So many experiments that do not run are told from those that there are not."""

# A version and its nonce: alike in both is the same state.
Version = tuple[int, str]


@dataclass(frozen=True)
class Served:
    """A variant as a visitor gets it."""

    key: str
    value: object


@dataclass(frozen=True)
class Live:
    """A running experiment: its split, as `bucketing` takes it, and the terms of its run.

    Of its visitors those in the audience take part; of who sends events that is not asked again.
    Whoever is `always_shown` the variant at a position takes no part: they are not counted.
    """

    key: str
    run_id: int
    salt: str
    traffic_allocation: int
    split: tuple[int, ...]
    audience: Audience
    variants: tuple[Served, ...]
    terms: RunTerms
    always_shown: Mapping[str, int] = field(default_factory=dict)

    def position_of(self, unit: str) -> int | None:
        """Return the position of the unit's variant, None for a unit outside the traffic."""
        return bucketing.variant_of(self.salt, self.traffic_allocation, self.split, unit)

    @cached_property
    def listed(self) -> dict[str, int]:
        """Return who is always shown what, by how they are listed where everybody can read it."""
        return {
            bucketing.listed_as(self.salt, unit): position
            for unit, position in self.always_shown.items()
        }

    def variant_of(self, unit: str, context: Context) -> Served | None:
        """Return the unit's variant, None for one outside the audience or the traffic.

        `context` is what is known of it.
        """
        position = self.always_shown.get(unit)
        if position is None and matching.is_in(self.audience, context):
            position = self.position_of(unit)
        return None if position is None else self.variants[position]


@dataclass(frozen=True)
class Running:
    """The running experiments at a version. `fingerprint` changes with what visitors get.

    Of what is `shipped` everybody gets one variant, and nothing is counted.

    The version is None where it changed while they were read. `read_at` is the moment before that.
    `idle` are the experiments that do not run, by key: those whose status changed last, and of more
    than MOST_IDLE not all.
    """

    version: Version | None
    read_at: float
    unit_salt: str
    origins: frozenset[str]
    experiments: dict[str, Live]
    goal_ids: dict[str, int]
    fingerprint: str
    idle: dict[str, Status] = field(default_factory=dict)
    shipped: dict[str, Served] = field(default_factory=dict)
    own_networks: tuple[Network, ...] = ()

    @cached_property
    def terms(self) -> TermsOfRuns:
        """Return the terms of what is live."""
        return {live.run_id: live.terms for live in self.experiments.values()}

    @cached_property
    def has_audiences(self) -> bool:
        """Return whether what a unit gets depends on what is known of it."""
        return any(live.audience for live in self.experiments.values())

    def why_none(self, key: str, context: Context) -> str:
        """Return why a unit gets no variant of an experiment that is asked for by its key."""
        if live := self.experiments.get(key):
            is_in = matching.is_in(live.audience, context)
            return f"This unit is outside its {'traffic' if is_in else 'audience'}."
        if key in self.idle:
            return f"It is {self.idle[key]}, not running: nobody is split."
        if len(self.idle) < MOST_IDLE:
            return "The project has no experiment with this key."
        return "No experiment with this key runs."


def read(project_id: int, version: Version) -> Running:
    """Return what runs in a project that was seen at `version`."""
    read_at = time.monotonic()
    experiments, shipped = _read_experiments(project_id)
    goals = select(Goal.key, Goal.id).where(Goal.project_id == project_id)
    goal_ids = dict(db.session.execute(goals).all())
    idle = dict(db.session.execute(_idle, {"project": project_id}).all())
    listed, own_networks = frozenset(origins.listed(project_id)), networks.read(project_id)
    # Last of all: what was read while the version became another may be of either.
    unit_salt, *at_end = db.session.execute(_salt_and_version, {"project": project_id}).one()
    return Running(
        version if version == tuple(at_end) else None,
        read_at,
        unit_salt,
        listed,
        experiments,
        goal_ids,
        _fingerprint(experiments, shipped),
        idle,
        shipped,
        own_networks,
    )


_project = table_of(Project).c
_salt_and_version = select(_project.unit_salt, _project.version, _project.nonce).where(
    _project.id == bindparam("project")
)
_idle = (
    select(Experiment.key, Experiment.status)
    .where(Experiment.project_id == bindparam("project"), Experiment.status != Status.RUNNING)
    .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    .limit(MOST_IDLE)
)


def _variants(*conditions: ColumnElement[bool], shipped: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement for variants of current runs, of what is `shipped` or of what is not."""
    return (
        select(
            Experiment.test_id.label("nth"),
            Variant.position.label("place"),
            literal(shipped).label("is_shipped"),
            Experiment.key,
            Run.id,
            Run.salt,
            Run.traffic_allocation,
            Run.audience,
            Experiment.always_shown,
            Variant.key.label("variant_key"),
            Variant.weight,
            Variant.value,
        )
        .join_from(Experiment, Run, (Run.test_id == Experiment.test_id) & Run.is_current)
        .join(Variant, Variant.run_id == Run.id)
        .where(Experiment.project_id == bindparam("project"), *conditions)
    )


_VariantRow = Row[*tuple[Any, ...]]

# Two halves, since each has an index of its own.
_served_variants = union_all(
    _variants(Experiment.status == Status.RUNNING, shipped=False),
    _variants(
        Experiment.shipped_at.is_not(None),
        is_shipped,
        Variant.key == Experiment.shipped_variant,
        shipped=True,
    ),
).order_by("nth", "place")


def _read_experiments(project_id: int) -> tuple[dict[str, Live], dict[str, Served]]:
    """Return what runs in a project, and what everybody gets of what is shipped, by their keys."""
    shipped: dict[str, Served] = {}
    split: defaultdict[int, list[_VariantRow]] = defaultdict(list)
    for row in db.session.execute(_served_variants, {"project": project_id}):
        if row.is_shipped:
            shipped[row.key] = Served(row.variant_key, row.value)
        else:
            split[row.id].append(row)
    of_runs = terms.read(db.session(), split)
    live = [_live(rows, of_runs[run_id]) for run_id, rows in split.items()]
    return {each.key: each for each in live}, shipped


def _live(rows: Sequence[_VariantRow], its_terms: RunTerms) -> Live:
    """Return a running experiment, of a row for each of its variants."""
    first, variants = rows[0], tuple(Served(row.variant_key, row.value) for row in rows)
    return Live(
        first.key,
        first.id,
        first.salt,
        first.traffic_allocation,
        bucketing.ends([row.weight for row in rows]),
        conditions.read(first.audience),
        variants,
        its_terms,
        _positions(first.always_shown or {}, variants),
    )


def _positions(named: Mapping[str, str], variants: Sequence[Served]) -> dict[str, int]:
    """Return the position of the variant that each of some visitors always sees."""
    positions = {each.key: position for position, each in enumerate(variants)}
    return {unit: positions[key] for unit, key in named.items() if key in positions}


def _fingerprint(experiments: dict[str, Live], shipped: dict[str, Served]) -> str:
    split = [
        [
            *(live.key, live.salt, live.traffic_allocation, live.split, live.always_shown),
            [vars(variant) for variant in live.variants],
        ]
        for live in experiments.values()
    ]
    parts = [split, {key: vars(variant) for key, variant in shipped.items()}]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
