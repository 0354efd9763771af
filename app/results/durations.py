"""How long an experiment is going to take, by what its project has seen of late."""

from app.experiments import designs
from app.experiments.designs import Design
from app.models import WHOLE, Experiment, GoalRole
from app.results import past
from app.results.outlook import SOON
from app.results.statistics import planning
from app.results.statistics.planning import Forecast


def of(experiment: Experiment) -> Forecast | None:
    """Return the smallest difference that is found within eight weeks, else the largest.

    None where the project has seen too little to say, or nothing is compared.
    """
    design = designs.of(designs.current(experiment.test_id))
    seen = past.of(experiment.project_id, primary_goal(design))
    setting = planning.setting(
        seen.rate or 0.0,
        [each.weight for each in design.variants],
        seen.spread,
        seen.window_days,
    )
    is_known = seen.rate and (seen.spread or not seen.sums_up)
    if not (seen.daily and is_known and setting and design.traffic_allocation):
        return None
    daily = seen.daily * design.traffic_allocation / WHOLE
    found = planning.forecast(setting, daily, design.minimum_days)
    return next((each for each in found if each.days and each.days <= SOON), found[-1])


def primary_goal(design: Design) -> str:
    """Return the key of the goal that decides, "" where none does."""
    return next((use.key for use in design.goals if use.role is GoalRole.PRIMARY), "")
