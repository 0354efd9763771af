"""The runs of an experiment as the database holds them."""

from dataclasses import dataclass
from typing import Any

from app.experiments import designs, redesigns
from app.models import Experiment
from tests.serving.site import Site
from tests.world import COMMAND_LINE


@dataclass(frozen=True)
class Kept:
    """A run with all of its parts."""

    id: int
    number: int
    is_current: bool
    salt: str
    opened_at: object
    shares: tuple[int, ...]
    variants: tuple[Any, ...]
    goals: tuple[Any, ...]


def of(site: Site, experiment: Experiment) -> list[Kept]:
    """All runs, the first one first."""
    rows = site.world.execute(
        "SELECT id, number, is_current, salt, opened_at, traffic_allocation, minimum_days,"
        " minimum_visitors FROM run WHERE test_id = :test_id ORDER BY number",
        test_id=experiment.test_id,
    )
    return [
        Kept(
            row.id,
            row.number,
            bool(row.is_current),
            row.salt,
            row.opened_at,
            (row.traffic_allocation, row.minimum_days, row.minimum_visitors),
            _parts(site, "position, key, name, weight, value", "variant", row.id),
            _parts(site, "position, goal_id, role", "run_goal", row.id),
        )
        for row in rows
    ]


def current(site: Site, experiment: Experiment) -> designs.Design:
    """The design of the experiment's current run."""
    with site.world.app.app_context():
        return designs.of(designs.current(experiment.test_id))


def redesign(site: Site, experiment: Experiment, design: designs.Design) -> None:
    """Give a draft another design."""
    with site.world.app.app_context():
        redesigns.change(site.project.id, experiment.test_id, lambda _: design, COMMAND_LINE)


def _parts(site: Site, columns: str, table: str, run_id: int) -> tuple[Any, ...]:
    statement = f"SELECT {columns} FROM {table} WHERE run_id = :run ORDER BY position"  # noqa: S608
    return tuple(tuple(row) for row in site.world.execute(statement, run=run_id))
