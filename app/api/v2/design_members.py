"""Designs as this contract writes and reads them.

Its variants are what is done to a page, in `data`; here that is a variant's value, which the site
gets as it is, and acts upon. The control of an experiment whose variants have such data has none.
"""

from app.api.v2 import goal_members
from app.core.validation import percents
from app.models import GoalRole, Run, RunGoal, Variant
from app.results.comparison import ERROR_RATE

CONFIDENCE_PERCENT = round((1 - ERROR_RATE) * 100)


def shown(run: Run) -> dict[str, object]:
    """Return the design of a run as it is sent."""
    primary = next((goal for goal in run.goals if goal.role is GoalRole.PRIMARY), None)
    return {
        "goal_profile_id": primary and primary.goal.id,
        "variants": [_shown_variant(variant) for variant in run.variants],
        "configuration": {
            "traffic_allocation": percent(run.traffic_allocation),
            "confidence_interval": CONFIDENCE_PERCENT,
        },
        "targeting": {},
        "primary_goal": primary and _shown_goal(primary),
        "secondary_goals": [_shown_goal(goal) for goal in run.goals if goal is not primary],
    }


def percent(share: int) -> int | float:
    """Return a share in basis points as percent: a whole number where it is one."""
    in_percent = percents(share)
    return int(in_percent) if in_percent.is_integer() else in_percent


def _shown_variant(variant: Variant) -> dict[str, object]:
    return {
        "variant_id": variant.position + 1,
        "name": variant.name,
        "customCSS": "",
        "customJS": "",
        "data": variant.value if isinstance(variant.value, list) else [],
        "key": variant.key,
        "value": variant.value,
        "traffic_weight": percent(variant.weight),
    }


def _shown_goal(use: RunGoal) -> dict[str, object]:
    goal = use.goal
    return {
        **goal_members.shown(goal.id, goal.key, goal.name, goal.wanted),
        "role": use.role,
    }
