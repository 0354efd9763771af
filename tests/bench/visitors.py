"""The visitors' side of what is measured: a shop with a key, and experiments full of visitors."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import text

from app.accounts import api_keys
from app.experiments import creation, designs, goals
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.models import Experiment, GoalRole, KeyType, Project, Status, now
from tests import databases
from tests.bench.load import request
from tests.bench.sizes import VISITORS
from tests.contracts import Contract
from tests.world import COMMAND_LINE, World

EVENTS = 500
EXPOSURES = 400
DAYS = 20
CONTEXT = {"context": {"targetingKey": "visitor-1"}}
# Every tenth unit or so: they are spread evenly, and 1a is a tenth of 100 in hexadecimal.
A_TENTH = "1a"

# Spread over the last days, one variant after the other.
_UNITS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :visitors)"
    " INSERT INTO exposure SELECT :run, lower(hex(randomblob(11))), i % 2,"
    " date(:today, '-' || (i % :days) || ' days') FROM n",
    "postgresql": "INSERT INTO exposure SELECT :run, substr(md5(random()::text), 1, 22), i % 2,"
    " CAST(:today AS date) - i % :days FROM generate_series(1, :visitors) i",
}
_COUNTED = (
    "INSERT INTO conversion (run_id, goal_id, unit) SELECT run_id, :goal, unit FROM exposure"
    " WHERE run_id = :run AND unit < :a_tenth",
    "INSERT INTO daily_visitors SELECT run_id, day, position, count(*), :moment FROM exposure"
    " WHERE run_id = :run GROUP BY run_id, day, position",
    "INSERT INTO daily_conversions"
    " (run_id, day, goal_id, position, conversions, total_value, events, last_at)"
    " SELECT run_id, day, :goal, position, count(*), 0, count(*), :moment FROM exposure"
    " WHERE run_id = :run AND unit < :a_tenth GROUP BY run_id, day, position",
)


@dataclass(frozen=True)
class Shop:
    """A project that serves visitors, and the paths of its results by how many there were."""

    key: str
    email: str
    flag: str
    run_id: int
    goal_id: int
    results: dict[int, str]

    @property
    def headers(self) -> dict[str, str]:
        """Return what its pages send with every evaluation and event."""
        return {"X-API-Key": self.key}

    def batches(self) -> Iterator[bytes]:
        """Requests with 500 events each, of units that nobody has seen before."""
        name = secrets.token_hex(8)
        for number in count():
            units = [f"{name}-{number}-{i}" for i in range(EXPOSURES)]
            seen = [{"type": "exposure", "experiment": self.flag, "unit": unit} for unit in units]
            done = [
                {"type": "conversion", "goal": "buy", "unit": unit}
                for unit in units[: EVENTS - EXPOSURES]
            ]
            body = {"events": seen + done, "run_id": self.run_id, "goal_id": self.goal_id}
            yield request("POST", "/collect", self.headers, body)

    def beacons(self, path: str = "/collect") -> Iterator[bytes]:
        """Requests with one event each, of units that nobody has seen before."""
        name = secrets.token_hex(8)
        for number in count():
            seen = {"type": "exposure", "experiment": self.flag, "unit": f"{name}-{number}"}
            yield request("POST", path, {}, {"key": self.key, "events": [seen]})


def open_shop(world: World) -> Shop:
    """A project with five running experiments, and two that have had their visitors."""
    app = world.app
    project = world.project(None)
    email = world.member(project)
    with app.app_context():
        key = api_keys.mint(project.id, KeyType.CLIENT, "shop", COMMAND_LINE).token
        goal_id = goals.create(project.id, "buy", COMMAND_LINE).id
    for number in range(4):
        _started(world, project, f"Also live {number}", designs.DEFAULT)
    measured = Design(goals=(GoalUse("buy", GoalRole.PRIMARY),))
    live = _started(world, project, "Live", measured)
    results = {}
    for visitors in VISITORS:
        visited = _started(world, project, f"Visited {visitors}", measured)
        _visit(app.config["SQLALCHEMY_DATABASE_URI"], _run_id(world, visited), goal_id, visitors)
        world.move(visited, Status.STOPPED, Contract.INTEGERS)
        results[visitors] = f"/projects/{project.key}/experiments/{visited.key}/result"
    return Shop(key, email, live.key, _run_id(world, live), goal_id, results)


def _started(world: World, project: Project, name: str, design: Design) -> Experiment:
    with world.app.app_context():
        made = creation.create(project.id, Draft(Texts(name), design=design), COMMAND_LINE)
    world.start(made)
    return made


def _run_id(world: World, experiment: Experiment) -> int:
    statement = "SELECT id FROM run WHERE test_id = :id AND is_current"
    return world.execute(statement, id=experiment.test_id)[0][0]


def _visit(database_url: str, run_id: int, goal_id: int, visitors: int) -> None:
    values: dict[str, Any] = {"run": run_id, "goal": goal_id, "visitors": visitors}
    values |= {"days": DAYS, "today": now().date().isoformat(), "moment": now(), "a_tenth": A_TENTH}
    with databases.filling(database_url) as connection:
        for statement in (_UNITS[connection.dialect.name], *_COUNTED):
            connection.execute(text(statement), values)
        connection.execute(
            text("UPDATE run SET opened_at = :opened WHERE id = :run"),
            {"opened": now() - timedelta(days=DAYS), "run": run_id},
        )
