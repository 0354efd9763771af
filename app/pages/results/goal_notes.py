"""What is said below a goal's table: who counts, and what one visitor counts for at most."""

from app.results.findings import GoalResult
from app.results.words import figures, phrases

_SMALLEST = 0.005


def notes(goal: GoalResult) -> tuple[str, ...]:
    """Return who counts of a goal with a window, and what is left out of one with a cap."""
    return tuple(filter(None, (_who_counts(goal), _cap(goal))))


def _who_counts(goal: GoalResult) -> str:
    left_out = phrases.left_out(goal)
    return left_out and f"{left_out}."


def _cap(goal: GoalResult) -> str:
    cap = goal.target.cap
    if cap is None:
        return ""
    taken = sum(goal.left_by_cap(each) for each in goal.variants)
    most = f"One visitor counts for {_amount(goal, cap)} at most, by the design"
    if abs(taken) < _SMALLEST:
        return f"{most}."
    counted, above = (_amount(goal, each) for each in (goal.measured, taken))
    return f"{most}: {counted} count, and {above} above that do not."


def _amount(goal: GoalResult, value: float) -> str:
    currency = goal.target.currency
    return f"{figures.amount(value)} {currency}" if currency else figures.times(value)
