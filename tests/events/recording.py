"""Recording directly, with moments and positions of one's own choice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.database.transactions import writing
from app.events import records, sums
from app.events.records import FirstSeen, GoalUnit, JudgedConversion, RunUnit
from app.events.sums import Claim
from app.experiments.designs import VariantDesign
from app.models import GoalKind
from app.serving.terms import RunTerms, Terms
from tests.serving.site import Site, towards

THIRDS = (VariantDesign("a", 3333), VariantDesign("b", 3333), VariantDesign("c", 3334))


class Run:
    """The first run of an experiment with one goal, at whose records we write directly."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.goal_id = site.goal("order").id
        self.experiment = site.experiment(towards("order", variants=THIRDS))
        self.id = site.world.execute("SELECT id FROM run")[0].id

    def expose(self, moment: datetime, *units: str, position: int = 0) -> None:
        """The units see the variant at that position."""
        self.expose_each(moment, dict.fromkeys(units, position))

    def expose_each(self, moment: datetime, positions: Mapping[str, int]) -> None:
        """Each unit sees the variant at its position."""
        with self.site.world.app.app_context(), writing() as session:
            day = moment.date()
            seen = {
                RunUnit(self.id, unit): FirstSeen(each, day) for unit, each in positions.items()
            }
            records.expose(session, seen, moment)

    def convert(self, moment: datetime, *units: str, value: float | None = None) -> None:
        """The units reach the goal."""
        values = {GoalUnit(self.id, self.goal_id, unit): value for unit in units}
        with self.site.world.app.app_context(), writing() as session:
            seen = records.exposures(session, [each.run_unit for each in values])
            records.convert(session, values, seen, moment)

    def add(self, moment: datetime, event_id: str, *units: str) -> None:
        """The units each have an order worth 1, with this id, at the goal, which sums up."""
        reached = [GoalUnit(self.id, self.goal_id, unit) for unit in units]
        done = {
            Claim(each, event_id): JudgedConversion(*each, value=1.0, event_id=event_id)
            for each in reached
        }
        terms = {self.id: RunTerms("UTC", {self.goal_id: Terms(GoalKind.REVENUE)})}
        with self.site.world.app.app_context(), writing() as session:
            seen = records.exposures(session, [each.run_unit for each in reached])
            sums.add(session, done, terms, seen, moment)

    def rows(self, statement: str) -> Sequence[Row[Any]]:
        """Return what a SELECT gives."""
        return self.site.world.execute(statement)

    def visitors(self) -> list[tuple[str, int, int]]:
        """Day, position and how many units."""
        rows = self.rows("SELECT day, position, visitors FROM daily_visitors ORDER BY 1, 2")
        return [(str(row.day), row.position, row.visitors) for row in rows]

    def conversions(self) -> list[tuple[str, int, int, float]]:
        """Day, position, how many conversions and their value."""
        columns = "day, position, conversions, total_value"
        rows = self.rows(f"SELECT {columns} FROM daily_conversions ORDER BY 1, 2")  # noqa: S608
        return [(str(row.day), row.position, row.conversions, row.total_value) for row in rows]
