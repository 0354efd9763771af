"""What a live run can still find, and how long it takes at the traffic that it has."""

from dataclasses import dataclass

from app.results import planning
from app.results.findings import Findings, GoalResult
from app.results.planning import LIFTS, Setting

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
    """Return the visitors of a day so far, None on the first day."""
    return findings.total_visitors / findings.days_running if findings.days_running else None


def prospects(findings: Findings, goal: GoalResult) -> tuple[Prospect, ...]:
    """Return what can still be found, the smallest difference first.

    Nothing of a run that is not live, or while nobody has converted.
    """
    daily, setting = daily_visitors(findings), _setting(findings, goal)
    if not (findings.is_running and findings.is_whole_run and daily and setting):
        return ()
    needed = ((lift, planning.visitors_needed(setting, lift)) for lift in LIFTS)
    return tuple(
        Prospect(lift, planning.days(max(visitors - findings.total_visitors, 0), daily))
        for lift, visitors in needed
        if visitors is not None
    )


def _setting(findings: Findings, goal: GoalResult) -> Setting | None:
    rate = goal.control.arm.rate
    return planning.setting(rate, [side.weight for side in findings.sides]) if rate else None
