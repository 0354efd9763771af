"""Words for what a goal measures."""

from app.models import Goal, GoalKind

KINDS = {
    GoalKind.CONVERSION: "Conversion",
    GoalKind.COUNT: "Count",
    GoalKind.REVENUE: "Revenue",
}
EXPLAINED_KINDS = {
    GoalKind.CONVERSION: "Conversion: done or not",
    GoalKind.COUNT: "Count: how often",
    GoalKind.REVENUE: "Revenue: how much in all",
}


def kind(goal: Goal) -> str:
    """Return what a goal measures, of revenue with its currency: "Revenue in EUR"."""
    return KINDS[goal.kind] + (f" in {goal.currency}" if goal.currency else "")


def window(goal: Goal) -> str:
    """Return in which time what a visitor does counts."""
    if goal.window_days is None:
        return "As long as it runs"
    return f"{goal.window_days} days" if goal.window_days > 1 else "1 day"


def measured(goal: Goal) -> str:
    """Return what a goal measures and in which time: "Revenue in EUR, 7 days"."""
    return f"{kind(goal)}, {window(goal)[0].lower()}{window(goal)[1:]}"


def choice_of(goal: Goal) -> str:
    """Return a goal as it is offered among others: its name, and what it measures."""
    return f"{goal.name} ({measured(goal)})"
