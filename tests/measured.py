"""Experiments that have been measured: started on a day, visited and converted since.

Everything is counted by the services that count real visitors; only the days are set back.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update

from app.database.transactions import writing
from app.events import records
from app.events.records import FirstSeen, GoalUnit, RunUnit
from app.experiments import creation, goals
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.measures import Measure
from app.experiments.texts import Texts
from app.models import Experiment, GoalRole, History, Project, Run, Status, Wanted, now
from app.results import summaries
from tests.contracts import Contract
from tests.world import COMMAND_LINE, World

PURCHASE = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),))
_units = itertools.count(1)


def days_ago(days: float) -> datetime:
    """So many days before now."""
    return now() - timedelta(days=days)


def noon(days: int) -> datetime:
    """Noon of the UTC day so many days before today."""
    return datetime.combine(now().date() - timedelta(days=days), datetime.min.time(), UTC) + (
        timedelta(hours=12)
    )


@dataclass
class Measured:
    """An experiment and the run that is counted for."""

    world: World
    project: Project
    experiment: Experiment
    run_id: int

    @property
    def page(self) -> str:
        """The address of its result."""
        return f"/projects/{self.project.key}/experiments/{self.experiment.key}/result"

    @property
    def integers(self) -> str:
        """Return where the contract of integers shows its result."""
        return f"/v2/project/{self.project.key}/experiment/{self.experiment.test_id}/result"

    @property
    def names(self) -> str:
        """Return where the contract of names shows its result."""
        return f"/api/admin/experiments/{self.experiment.public_id}/results"

    def come(
        self,
        position: int,
        visitors: int,
        moment: datetime,
        value: float | None = None,
        **conversions: int,
    ) -> None:
        """So many visitors come to a variant, and so many of them reach each goal, by its key."""
        units = [f"{next(_units):022}" for _ in range(visitors)]
        run_units = [RunUnit(self.run_id, unit) for unit in units]
        with self.world.app.app_context(), writing() as session:
            seen = dict.fromkeys(run_units, FirstSeen(position, moment.date()))
            records.expose(session, seen, moment)
            ids = self._goal_ids()
            reached: Mapping[GoalUnit, float | None] = {
                GoalUnit(self.run_id, ids[key], unit): value
                for key, number in conversions.items()
                for unit in units[:number]
            }
            records.convert(session, reached, seen, moment)

    def turn(self, status: Status, moment: datetime) -> None:
        """Change its status, as of `moment`."""
        self.world.move(self.experiment, status, Contract.INTEGERS)
        test_id = self.experiment.test_id
        latest = select(func.max(History.id)).where(History.test_id == test_id).scalar_subquery()
        with self.world.app.app_context(), writing() as session:
            session.execute(update(History).where(History.id == latest).values(at=moment))

    def open(self, moment: datetime) -> None:
        """Start it, as of `moment`."""
        self.turn(Status.RUNNING, moment)
        self.run_id = _current_run(self.world, self.experiment)
        with self.world.app.app_context(), writing() as session:
            session.execute(update(Run).where(Run.id == self.run_id).values(opened_at=moment))

    def look(self, moment: datetime | None = None) -> None:
        """Take a look at it that is kept, as the jobs do: they take those of some at a time."""
        at = moment or now()
        with self.world.app.app_context():
            for _ in range(1 + self._live() // summaries.READ_AT_ONCE):
                summaries.renew(at)

    def _live(self) -> int:
        (row,) = self.world.execute("SELECT sum(running_count) AS live FROM project")
        return row.live

    def _goal_ids(self) -> dict[str, int]:
        rows = self.world.execute(
            "SELECT key, id FROM goal WHERE project_id = :id", id=self.project.id
        )
        return {row.key: row.id for row in rows}


def planned(
    world: World,
    project: Project,
    design: Design = PURCHASE,
    *,
    name: str = "Banner",
    less: tuple[str, ...] = (),
) -> Measured:
    """A draft of this design, with its goals; of those in `less`, less is wanted.

    They have no window: whoever comes counts at once.
    """
    with world.app.app_context():
        known = {goal.key for goal in goals.listed(project.id)}
        for use in design.goals:
            if use.key not in known:
                wanted = Wanted.LESS if use.key in less else Wanted.MORE
                asked_for = (project.id, use.key, COMMAND_LINE, use.key.capitalize(), wanted)
                goals.create(*asked_for, Measure(window_days=None))
        made = creation.create(project.id, Draft(Texts(name), design=design), COMMAND_LINE)
    return Measured(world, project, made, _current_run(world, made))


def started(
    world: World,
    project: Project,
    design: Design = PURCHASE,
    *,
    days: float = 14,
    name: str = "Banner",
    less: tuple[str, ...] = (),
) -> Measured:
    """An experiment of this design that was started so many days ago."""
    measured = planned(world, project, design, name=name, less=less)
    measured.open(days_ago(days))
    return measured


def golden(world: World, project: Project) -> Measured:
    """The counts that all doors must tell alike: 120 of 1,500 against 148 of 1,480."""
    measured = started(world, project)
    measured.come(0, 1500, noon(10), purchase=120)
    measured.come(1, 1480, noon(9), purchase=148)
    return measured


def _current_run(world: World, experiment: Experiment) -> int:
    rows = world.execute(
        "SELECT id FROM run WHERE test_id = :test_id AND is_current", test_id=experiment.test_id
    )
    return rows[0].id
