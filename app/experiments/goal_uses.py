"""The goals of a design: what each is to the experiment, and what it is judged with."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import InvalidInput, UnknownReference
from app.core.validation import checked_key, percents
from app.experiments.caps import LARGEST_CAP, SMALLEST_CAP
from app.models import DEFAULT_MARGIN, LARGEST_MARGIN, Goal, GoalRole, RunGoal

MOST_GOALS = 20


@dataclass(frozen=True)
class GoalUse:
    """A goal of the project, by its key, and what it is to the experiment.

    `margin` is how much worse a guardrail may get and count as unharmed, in basis points. `cap` is
    the most that one visitor counts for, of a goal that sums up, and of no other.
    """

    key: str
    role: GoalRole
    margin: int = DEFAULT_MARGIN
    cap: float | None = None


def check(goals: Sequence[GoalUse]) -> None:
    """Raise InvalidInput for goals that no design can have."""
    if len(goals) > MOST_GOALS:
        raise InvalidInput(f"An experiment has at most {MOST_GOALS} goals.", "goals")
    if len({checked_key(goal.key, "goals") for goal in goals}) < len(goals):
        raise InvalidInput("A goal is named twice.", "goals")
    if sum(goal.role is GoalRole.PRIMARY for goal in goals) > 1:
        raise InvalidInput(
            "There is more than one primary goal: choose the one that decides.", "goals"
        )
    _check_margins(goals)
    if any(not SMALLEST_CAP <= goal.cap <= LARGEST_CAP for goal in goals if goal.cap is not None):
        raise InvalidInput("A cap is a number from 0.000001 to 1,000,000,000.", "goals")


def of_run(
    session: Session, project_id: int, run_id: int, goals: Sequence[GoalUse]
) -> list[RunGoal]:
    """Return the checked goals as a run has them.

    Raises InvalidInput for one that the project does not have, or that lacks its cap.
    """
    known = _known(session, project_id, goals) if goals else {}
    for goal in goals:
        if goal.key not in known:
            raise UnknownReference(f"The project has no goal {goal.key}.", "goals")
        _check_cap(goal, known[goal.key])
    return [
        RunGoal(
            run_id=run_id,
            goal_id=known[goal.key].id,
            position=position,
            role=goal.role,
            margin=goal.margin,
            cap=goal.cap,
        )
        for position, goal in enumerate(goals)
    ]


def _known(session: Session, project_id: int, goals: Sequence[GoalUse]) -> dict[str, Goal]:
    statement = select(Goal).where(
        Goal.project_id == project_id,
        Goal.key.in_([goal.key for goal in goals]),
        Goal.retired_at.is_(None),
    )
    return {goal.key: goal for goal in session.scalars(statement)}


def _check_margins(goals: Sequence[GoalUse]) -> None:
    if any(goal.margin != DEFAULT_MARGIN for goal in goals if goal.role is not GoalRole.GUARDRAIL):
        raise InvalidInput("Only a guardrail has a margin that it tolerates.", "goals")
    if any(not 0 <= goal.margin <= LARGEST_MARGIN for goal in goals):
        raise InvalidInput(
            f"A guardrail tolerates from 0 to {percents(LARGEST_MARGIN):g} %.", "goals"
        )


def _check_cap(use: GoalUse, goal: Goal) -> None:
    if use.cap is not None and not goal.sums_up:
        raise InvalidInput(f"“{goal.name}” counts visitors: it has no cap.", "goals")
    if use.cap is None and goal.sums_up:
        raise InvalidInput(
            f"“{goal.name}” sums up what visitors do: give the most that one visitor counts for, "
            "so that one huge order decides nothing.",
            "goals",
        )
