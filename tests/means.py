"""Experiments that are measured by sums: their days are counted as if visitors had done so much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.database.transactions import writing
from app.experiments.designs import Design, GoalUse
from app.models import (
    DailyConversions,
    DailyVisitors,
    Goal,
    GoalKind,
    GoalRole,
    Project,
    Wanted,
    now,
)
from tests.measured import Measured, started
from tests.world import World

CAP = 500.0


@dataclass(frozen=True)
class Spent:
    """What a day's visitors of a variant did: how many there were, and what each buyer spent."""

    visitors: int
    each: Sequence[float]
    orders: int = 1


def evenly(visitors: int, buyers: int, mean: float) -> Spent:
    """So many buyers, who spend from half the mean to half as much again."""
    return Spent(visitors, [mean * (0.5 + (place + 0.5) / buyers) for place in range(buyers)])


def goal(
    world: World,
    project: Project,
    kind: GoalKind = GoalKind.REVENUE,
    *,
    key: str = "revenue",
    window: int | None = None,
    wanted: Wanted = Wanted.MORE,
) -> int:
    """Add a goal to the project's library; its id."""
    with world.app.app_context(), writing() as session:
        made = Goal(
            project_id=project.id,
            key=key,
            name=key.capitalize(),
            kind=kind,
            wanted=wanted,
            window_days=window,
            currency="EUR" if kind is GoalKind.REVENUE else None,
        )
        session.add(made)
        session.flush()
        return made.id


def design(key: str = "revenue", role: GoalRole = GoalRole.PRIMARY, cap: float = CAP) -> Design:
    """A design that is decided by one goal that sums up."""
    return Design(goals=(GoalUse(key, role, cap=cap),))


def earning(
    world: World,
    project: Project,
    kind: GoalKind = GoalKind.REVENUE,
    *,
    window: int | None = None,
    days: float = 14,
) -> tuple[Measured, int]:
    """A live experiment that is decided by what its visitors spend, and the id of that goal."""
    goal_id = goal(world, project, kind, window=window)
    return started(world, project, design(), days=days), goal_id


def spend(measured: Measured, goal_id: int, position: int, days_ago: int, spent: Spent) -> None:
    """Count a day of a variant, as serving counts it."""
    day, moment = _day(days_ago), now()
    counted = [min(each, CAP) for each in spent.each]
    with measured.world.app.app_context(), writing() as session:
        of_whom = {"run_id": measured.run_id, "day": day, "position": position, "last_at": moment}
        session.add(DailyVisitors(visitors=spent.visitors, **of_whom))
        session.add(
            DailyConversions(
                goal_id=goal_id,
                conversions=len(spent.each),
                total_value=sum(spent.each),
                events=spent.orders * len(spent.each),
                measured=sum(counted),
                squares=sum(each * each for each in counted),
                **of_whom,
            )
        )


def _day(days_ago: int) -> date:
    return now().date() - timedelta(days=days_ago)
