"""What the database holds of a project at one moment, and what in it does not fit together."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, Row, create_engine, text

from app.models import Base, Status

# A single statement sees a single moment, on either database.
_EVERYTHING = text(
    "SELECT project.version, experiment.test_id, experiment.status,"
    " CASE WHEN history.paused_test_id = experiment.test_id THEN 'running'"
    " ELSE history.from_status END AS from_status,"
    " CASE WHEN history.paused_test_id = experiment.test_id THEN 'stopped'"
    " ELSE history.to_status END AS to_status,"
    " project.draft_count, project.running_count, project.stopped_count, project.archived_count,"
    " (SELECT coalesce(sum(refused.times), 0) FROM history AS refused"
    " WHERE refused.project_id = project.id AND refused.kind = 'refused') AS refusals"
    " FROM project JOIN experiment ON experiment.project_id = project.id"
    " LEFT JOIN history ON history.kind = 'changed'"
    " AND experiment.test_id IN (history.test_id, history.paused_test_id)"
    # Of a swap, the pause comes before the start.
    " WHERE project.id = :project ORDER BY history.id, to_status DESC"
)
_USAGE = text(
    "SELECT plan.experiments_running, (SELECT count(*) FROM experiment"
    " WHERE experiment.project_id = project.id AND experiment.status = 'running')"
    " FROM project JOIN plan ON plan.code = project.plan_code WHERE project.id = :project"
)


@dataclass(frozen=True)
class Change:
    """One row of history."""

    test_id: int
    origin: str
    target: str


@dataclass(frozen=True)
class Record:
    """A project's version, its experiments with their statuses, and its history, oldest first.

    Attempts that were refused are counted apart.
    """

    version: int
    statuses: dict[int, str]
    history: list[Change]
    refusals: int
    counts: dict[str, int]

    @property
    def told(self) -> int:
        """Return how often open pages were told of a change or a refusal that came by itself."""
        return len(self.history) + self.refusals

    @property
    def running(self) -> int:
        """Return how many experiments run now."""
        return list(self.statuses.values()).count(Status.RUNNING)

    def targets(self, test_id: int) -> list[str]:
        """The statuses that an experiment went through, in order."""
        return [change.target for change in self.history if change.test_id == test_id]

    def breaks(self) -> list[str]:
        """Return where history is no whole chain from draft to the present, or counts are off."""
        reached = dict.fromkeys(self.statuses, str(Status.DRAFT))
        found = []
        for change in self.history:
            if reached[change.test_id] != change.origin:
                found.append(f"{change} begins where nothing had ended")
            reached[change.test_id] = change.target
        ends = reached.items() ^ self.statuses.items()
        present = list(self.statuses.values())
        found += [
            f"{count} are counted as {status}"
            for status, count in self.counts.items()
            if present.count(status) != count
        ]
        return found + [f"{test_id} is or was to be {status}" for test_id, status in ends]

    def most_running(self) -> int:
        """The most experiments that ever ran at once, by the history."""
        counts = [0]
        for change in self.history:
            began = change.target == Status.RUNNING
            ended = change.origin == Status.RUNNING
            counts.append(counts[-1] + began - ended)
        return max(counts)


def read(database_url: str, project_id: int) -> Record:
    """Everything about one project."""
    with connect(database_url) as connection:
        return read_on(connection, project_id)


def read_on(connection: Connection, project_id: int) -> Record:
    """Everything about one project, by a connection that is there."""
    rows = connection.execute(_EVERYTHING, {"project": project_id}).all()
    return Record(
        version=rows[0].version,
        statuses={row.test_id: row.status for row in rows},
        history=[Change(row[1], *row[3:5]) for row in rows if row.to_status],
        refusals=rows[0].refusals,
        counts=dict(zip(Status, rows[0][5:9], strict=True)),
    )


def usage(connection: Connection, project_id: int) -> tuple[int, int]:
    """The plan's limit and how many experiments run, at this moment."""
    limit, running = connection.execute(_USAGE, {"project": project_id}).one()
    return limit, running


def everything(database_url: str) -> dict[str, list[Row[Any]]]:
    """All rows of all tables, as they are written."""
    with connect(database_url) as connection:
        return {
            table.name: sorted(connection.execute(text(f"SELECT * FROM {table}")).all(), key=repr)  # noqa: S608
            for table in Base.metadata.sorted_tables
        }


@contextmanager
def connect(database_url: str) -> Generator[Connection]:
    """A connection that is not the application's, each statement a transaction of its own."""
    with _engine(database_url).connect() as connection:
        yield connection


@cache
def _engine(database_url: str) -> Engine:
    """Return an engine without a pool, made once: random walks read thousands of times."""
    return create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
