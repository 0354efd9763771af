"""What was collected: the rows, the counts by day, and where the two do not fit together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from app.models import Experiment
from tests.audit import connect
from tests.world import World

# Each of these is a single statement, which sees a single moment, on either database.
_VISITORS = text(
    "WITH rows AS (SELECT run_id, day, position, count(*) AS visitors"
    "  FROM exposure GROUP BY run_id, day, position),"
    " counts AS (SELECT run_id, day, position, visitors FROM daily_visitors)"
    " SELECT 'only rows say' AS what, more.* FROM"
    "  (SELECT * FROM rows EXCEPT SELECT * FROM counts) AS more"
    " UNION ALL SELECT 'only counts say', more.* FROM"
    "  (SELECT * FROM counts EXCEPT SELECT * FROM rows) AS more"
)
# Of a goal that every visitor reaches once, nothing is measured but that.
_CONVERSIONS = text(
    "WITH uncapped AS (SELECT run_id, goal_id, day, exposure.position, value, events, cap,"
    "   CASE kind WHEN 'count' THEN events WHEN 'revenue' THEN value ELSE 0 END AS whole"
    "  FROM conversion JOIN exposure USING (run_id, unit) JOIN run_goal USING (run_id, goal_id)"
    "  JOIN goal ON goal.id = goal_id),"
    " capped AS (SELECT run_id, goal_id, day, position, value, events,"
    "   CASE WHEN whole > cap THEN cap WHEN whole < -cap THEN -cap ELSE whole END AS measured"
    "  FROM uncapped),"
    " rows AS (SELECT run_id, goal_id, day, position, count(*) AS conversions,"
    "   CAST(sum(coalesce(value, 0)) AS DOUBLE PRECISION) AS total_value,"
    "   CAST(sum(events) AS BIGINT) AS events,"
    "   CAST(sum(measured) AS DOUBLE PRECISION) AS measured,"
    "   CAST(sum(measured * measured) AS DOUBLE PRECISION) AS squares"
    "  FROM capped GROUP BY run_id, goal_id, day, position),"
    " counts AS (SELECT run_id, goal_id, day, position, conversions, total_value,"
    "   CAST(events AS BIGINT), measured, squares FROM daily_conversions)"
    " SELECT 'only rows say' AS what, more.* FROM"
    "  (SELECT * FROM rows EXCEPT SELECT * FROM counts) AS more"
    " UNION ALL SELECT 'only counts say', more.* FROM"
    "  (SELECT * FROM counts EXCEPT SELECT * FROM rows) AS more"
)
_ORPHANS = text(
    "SELECT 'never exposed' AS what, conversion.run_id, conversion.goal_id FROM conversion"
    " LEFT JOIN exposure USING (run_id, unit) WHERE exposure.unit IS NULL"
)


class Counted(NamedTuple):
    """What the daily counts say of a goal in an experiment, over all of its runs."""

    goal: str
    position: int
    conversions: int
    total_value: float


def misfits(database_url: str) -> list[tuple[Any, ...]]:
    """Return the daily counts that are not what the rows add up to; values have to be quarters."""
    with connect(database_url) as connection:
        return [
            tuple(row)
            for statement in (_VISITORS, _CONVERSIONS, _ORPHANS)
            for row in connection.execute(statement)
        ]


def exposed(world: World, experiment: Experiment) -> dict[int, int]:
    """Return how many units were exposed in each run of the experiment, by the run's number."""
    statement = (
        "SELECT number, count(*) FROM run JOIN exposure ON exposure.run_id = run.id"
        " WHERE test_id = :test_id GROUP BY number"
    )
    return dict(tuple(row) for row in world.execute(statement, test_id=experiment.test_id))


def converted(world: World, experiment: Experiment) -> list[Counted]:
    """Return what the daily counts say, by goal and variant."""
    rows = world.execute(
        "SELECT goal.key, position, sum(conversions), sum(total_value)"
        " FROM daily_conversions JOIN run ON run.id = run_id JOIN goal ON goal.id = goal_id"
        " WHERE test_id = :test_id GROUP BY goal.key, position ORDER BY goal.key, position",
        test_id=experiment.test_id,
    )
    return [Counted(*row) for row in rows]


def everything(world: World) -> dict[str, Sequence[Row[Any]]]:
    """All that was collected, to be compared with what there is later."""
    tables = {
        "exposure": "SELECT run_id, unit, position, day FROM exposure ORDER BY 1, 2",
        "conversion": "SELECT run_id, goal_id, unit, value, events FROM conversion"
        " ORDER BY 1, 2, 3",
        "daily_visitors": "SELECT run_id, day, position, visitors FROM daily_visitors"
        " ORDER BY 1, 2, 3",
        "daily_conversions": "SELECT run_id, goal_id, day, position, conversions, total_value,"
        " events, measured, squares FROM daily_conversions ORDER BY 1, 2, 3, 4",
    }
    return {table: world.execute(statement) for table, statement in tables.items()}
