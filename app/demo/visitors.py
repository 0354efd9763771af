"""The demo's past visitors: simulated, the same every time, and recorded as real ones are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from app.core.days import day_of
from app.demo.shapes import DemoGoal, Past, Step
from app.events import counting, records, units
from app.events.records import FirstSeen, GoalUnit, JudgedConversion, RunUnit
from app.experiments.designs import HALVES
from app.lifecycle.rules import Action
from app.models import WHOLE, Run, now
from app.serving import bucketing, terms

TURNS = frozenset({Action.START, Action.PAUSE, Action.RESUME})
SPLIT = bucketing.ends([variant.weight for variant in HALVES])
# A day has about as many visitors as the average one.
FEWEST, MOST = 0.75, 1.25


def record(
    session: Session,
    run: Run,
    unit_salt: str,
    goals: Mapping[int, DemoGoal],
    past: Past,
    steps: Sequence[Step],
) -> datetime:
    """Record the visitors of every day on which the run was live, and the goals they reached.

    `goals` are the project's, by their ids. Returns when the last of them came.
    """
    dice = Random(run.salt)  # noqa: S311
    shares = {
        goal_id: past.shares[goal.key] for goal_id, goal in goals.items() if goal.key in past.shares
    }
    its_terms = terms.read(session, [run.id])
    for days_ago in _live_days(steps):
        moment = _moment(days_ago)
        count = round(past.visitors_a_day * dice.uniform(FEWEST, MOST))
        positions = _positions(run, unit_salt, [f"{days_ago}-{n}" for n in range(count)])
        day = day_of(moment, run.time_zone)
        seen = {run_unit: FirstSeen(position, day) for run_unit, position in positions.items()}
        records.expose(session, seen, moment)
        reached = _reached(dice, shares, positions)
        done = [
            JudgedConversion(*each, value=_value(dice, goals[each.goal_id])) for each in reached
        ]
        done += _added_up(done, goals)
        counting.count(
            session, {n: [conversion] for n, conversion in enumerate(done)}, its_terms, seen, moment
        )
    return _moment(min(_live_days(steps)))


def _moment(days_ago: int) -> datetime:
    return now() - timedelta(days=days_ago, hours=-12)


def _live_days(steps: Sequence[Step]) -> list[int]:
    """Return the days when it was live, as days ago: 1 is the last 24 hours."""
    turns = [*(step.days_ago for step in steps if step.action in TURNS), 0]
    return [
        day
        for begin, end in zip(turns[::2], turns[1::2], strict=False)
        for day in range(begin, end, -1)
    ]


def _positions(run: Run, unit_salt: str, visitors: Sequence[str]) -> dict[RunUnit, int]:
    positions = {
        RunUnit(run.id, units.hashed(unit_salt, unit)): bucketing.variant_of(
            run.salt, WHOLE, SPLIT, unit
        )
        for unit in visitors
    }
    return {run_unit: position for run_unit, position in positions.items() if position is not None}


def _reached(
    dice: Random, shares: Mapping[int, tuple[float, float]], positions: Mapping[RunUnit, int]
) -> list[GoalUnit]:
    return [
        GoalUnit(run_unit.run_id, goal_id, run_unit.unit)
        for goal_id, of_variants in shares.items()
        for run_unit, position in positions.items()
        if dice.random() < of_variants[position]
    ]


def _added_up(
    done: Sequence[JudgedConversion], goals: Mapping[int, DemoGoal]
) -> list[JudgedConversion]:
    """Return the orders of goals that sum up what others are reached by."""
    return [
        conversion._replace(goal_id=goal_id)
        for goal_id, goal in goals.items()
        for conversion in done
        if goal.adds_up == goals[conversion.goal_id].key
    ]


def _value(dice: Random, goal: DemoGoal) -> float | None:
    return dice.choice(goal.prices) if goal.prices else None
