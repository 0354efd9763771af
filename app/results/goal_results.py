"""The result of a goal: every variant set beside the control, by the visitors who count."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

from app.experiments import windows
from app.models import WHOLE, GoalRole, Wanted
from app.results.counts import Counts
from app.results.days import cohorts
from app.results.days.cohorts import Cohort, Cohorts
from app.results.days.period import DAY
from app.results.days.run_days import RunDays
from app.results.findings import Advantage, Challenger, GoalResult, LeftOut, VariantResult
from app.results.reading import EstablishedOf, Side, Target
from app.results.statistics.comparison import Comparison, LookedAt, compare
from app.results.statistics.conclusions import DIFFERENT, HARDLY_DIFFERENT, Zone


@dataclass(frozen=True)
class Looks:
    """The looks at a run: what the kept ones established, and whether this one `concludes`."""

    established: EstablishedOf
    concludes: bool

    def at(self, target: Target, side: Side, comparisons: int) -> LookedAt:
        """Return what a variant at a goal is compared with."""
        established = self.established.get((target.id, side.position))
        return LookedAt(comparisons, established, self.concludes, zones_of(target))


ONLY_LOOK = Looks({}, concludes=True)


@dataclass(frozen=True)
class Evidence:
    """What the goals of a run are judged by.

    Whoever leaves days out could have left out others: each way to leave out so many is one more
    comparison, so that days picked by what they show call nobody more often than any others.
    """

    targets: Sequence[Target]
    sides: Sequence[Side]
    counts: Counts
    looks: Looks
    days: RunDays

    @property
    def visitors(self) -> tuple[int, ...]:
        """Return the visitors of each of the sides."""
        return tuple(self.counts.visitors(side.position) for side in self.sides)


def goal_result(target: Target, evidence: Evidence) -> GoalResult:
    """Set every variant of a run beside its control, for one of the run's goals."""
    days = evidence.days
    of_days = cohorts.of(days.days, target.window_days, days.stops, days.today)
    counts = counted(evidence.counts, target, of_days)
    control, *others = (_variant(target, side, counts) for side in evidence.sides)
    comparisons = days.choices * comparisons_of(target, evidence.targets, evidence.sides)
    challengers = tuple(
        _challenger(target, control, each, evidence.looks.at(target, each.side, comparisons))
        for each in others
    )
    return GoalResult(target, control, challengers, of_days, _left_out(target, evidence, of_days))


def zones_of(target: Target) -> tuple[Zone, ...]:
    """Return what may be concluded of a variant at a goal: of a guardrail that it is unharmed."""
    if target.role is not GoalRole.GUARDRAIL:
        return (*DIFFERENT, HARDLY_DIFFERENT)
    margin = target.margin / WHOLE
    unharmed = Zone(-margin, inf) if target.wanted is Wanted.MORE else Zone(-inf, margin)
    return (*DIFFERENT, HARDLY_DIFFERENT, unharmed)


def counted(counts: Counts, target: Target, of_days: Cohorts) -> Counts:
    """Return what was counted of the visitors who count for a goal: of all without a window."""
    if target.window_days is None:
        return counts
    return counts.on(cohorts.days_of(of_days, Cohort.COUNTED))


def _variant(target: Target, side: Side, counts: Counts) -> VariantResult:
    return VariantResult(
        side,
        counts.arm(side.position, target.id, sums_up=target.sums_up),
        counts.total_value(side.position, target.id),
        counts.events(side.position, target.id),
    )


def _left_out(target: Target, evidence: Evidence, of_days: Cohorts) -> LeftOut:
    inside = _visitors(evidence, cohorts.days_of(of_days, Cohort.INSIDE))
    cut = _visitors(evidence, cohorts.days_of(of_days, Cohort.CUT))
    until = windows.last_day(min(inside), target.window_days or 0) + DAY if inside else None
    return LeftOut(sum(inside.values()), sum(cut.values()), until)


def _visitors(evidence: Evidence, days: Collection[date]) -> dict[date, int]:
    """Return the visitors of all variants on those of the days on which any came."""
    by_day = {
        day: sum(evidence.counts.day(day, side.position).number for side in evidence.sides)
        for day in days
    }
    return {day: visitors for day, visitors in by_day.items() if visitors}


def comparisons_of(target: Target, targets: Sequence[Target], sides: Sequence[Side]) -> int:
    """Return how many comparisons share the error rate of a goal.

    The guardrails of a run do: one of many cries wolf no more often than one. A variant that is to
    get nobody is no comparison, and makes no other one wait for more.
    """
    guardrails = sum(each.role is GoalRole.GUARDRAIL for each in targets)
    alike = guardrails if target.role is GoalRole.GUARDRAIL else 1
    return alike * max(1, sum(side.weight > 0 for side in sides if not side.is_control))


def _challenger(
    target: Target, control: VariantResult, variant: VariantResult, looked_at: LookedAt
) -> Challenger:
    comparison = compare(control.arm, variant.arm, looked_at)
    return Challenger(
        variant.side,
        variant.arm,
        variant.total_value,
        variant.events,
        control,
        comparison,
        _advantage(comparison, target.wanted),
        target.margin / WHOLE,
    )


def _advantage(comparison: Comparison, wanted: Wanted) -> Advantage:
    estimate, surely = comparison.improvement, comparison.sequential_interval
    chance = comparison.chance_to_beat_control
    if wanted is Wanted.MORE:
        return Advantage(estimate, surely, chance, comparison.has_lost_most)
    return Advantage(
        None if estimate is None else -estimate,
        surely and surely.mirrored,
        None if chance is None else 1 - chance,
        comparison.control_has_little,
    )
