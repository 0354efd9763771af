"""What a live run can still find, and how long it takes at the traffic that it has."""

from dataclasses import dataclass

from app.results.days.period import DAY
from app.results.findings import Findings, GoalResult
from app.results.statistics import planning
from app.results.statistics.planning import LIFTS, Setting

SOON = 56
"""Days that somebody may be asked to wait for."""


@dataclass(frozen=True)
class Prospect:
    """A difference, relative to the control, and the days until a real one has most likely shown.

    0 days where it would have shown by now; None where that is never to be seen.
    """

    lift: float
    days: int | None


def daily_visitors(findings: Findings) -> float | None:
    """Return the visitors of a day so far, None on the first day.

    Where traffic has risen, so many as they would have been at the present one.
    """
    at_present = findings.time_at_present_traffic
    time = findings.time_running if at_present is None else at_present
    return findings.total_visitors / (time / DAY) if findings.days_running and time else None


def prospects(findings: Findings, goal: GoalResult) -> tuple[Prospect, ...]:
    """Return what can still be found, the smallest difference first.

    Nothing of a run that is not live, or while nobody has converted.
    """
    daily, setting = daily_visitors(findings), _setting(findings, goal)
    if not (findings.is_running and findings.is_whole_run and daily and setting):
        return ()
    needed = ((lift, planning.visitors_needed(setting, lift)) for lift in LIFTS)
    return tuple(
        Prospect(lift, _days(goal, setting, visitors, daily))
        for lift, visitors in needed
        if visitors is not None
    )


def _days(goal: GoalResult, setting: Setting, visitors: int, daily: float) -> int | None:
    """Return the days until so many have come and had their window; 0 where they have by now."""
    if goal.visitors >= visitors:
        return 0
    missing = visitors - goal.visitors - goal.left_out.inside
    days = planning.days(max(missing, 0), daily)
    return None if days is None else days + setting.window_days


def _setting(findings: Findings, goal: GoalResult) -> Setting | None:
    """Return what the goal is measured with; None where nothing can be said of it yet."""
    arm, weights = goal.control.arm, [side.weight for side in findings.sides]
    if not arm.rate or arm.mean is None or arm.mean <= 0:
        return None
    return planning.setting(arm.rate, weights, arm.spread, goal.target.window_days or 0)
