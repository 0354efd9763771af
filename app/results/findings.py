"""The findings of a run: goal by goal and variant by variant, and what it is judged by."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.models import UTC_ZONE, GoalKind, GoalRole, Status
from app.results.days.cohorts import Cohorts
from app.results.days.period import DAY, DayRange
from app.results.reading import Called, Side, Target
from app.results.statistics.arms import Arm, Interval
from app.results.statistics.comparison import Comparison
from app.results.statistics.sample_ratio import is_mismatched, mismatch_p_value


class Harm(StrEnum):
    """A variant's harm to a goal that must not suffer: none is seen within what it tolerates."""

    HARMED = "harmed"
    POSSIBLE = "harm is possible"
    NONE_SEEN = "no harm seen"
    TOO_EARLY = "too early to say"
    NO_REVENUE = "no revenue to compare"


@dataclass(frozen=True)
class Advantage:
    """A variant's advantage over the control, whichever way its goal is wanted.

    Relative: 0.25 is a rate 25 % above the control's, or below it where less is wanted. `surely`
    is the sequential interval, `chance` the chance to beat the control. It `is_ruin` where too
    little for an interval is left of what is wanted, or was there of what is not, and it surely is
    worse.
    """

    estimate: float | None
    surely: Interval | None
    chance: float | None
    is_ruin: bool

    @property
    def is_surely_better(self) -> bool:
        """Return whether it is better than the control, as sure as one can be at any look."""
        return self.surely is not None and self.surely.low > 0

    @property
    def is_surely_worse(self) -> bool:
        """Return whether it is worse than the control, as sure as one can be at any look."""
        return self.surely is not None and self.surely.high < 0


@dataclass(frozen=True)
class VariantResult:
    """A variant at one goal.

    `total_value` is the sum of what its conversions were worth, `events` how often the goal was
    reached, both of the visitors who count.
    """

    side: Side
    arm: Arm
    total_value: float
    events: int

    @property
    def sums_to_nothing(self) -> bool:
        """Return whether what enough visitors did sums up to nothing, or less.

        Nothing is so many percent of that.
        """
        return self.arm.conversions >= self.arm.fewest and (self.arm.mean or 0.0) <= 0


@dataclass(frozen=True)
class Challenger(VariantResult):
    """A variant beside the control."""

    control: VariantResult
    comparison: Comparison
    advantage: Advantage
    margin: float

    @property
    def harm(self) -> Harm:
        """Return what it has done to the goal."""
        surely = self.advantage.surely
        if surely is None and self.advantage.is_ruin:
            return Harm.HARMED
        if surely is None:
            has_revenue = not (self.sums_to_nothing or self.control.sums_to_nothing)
            return Harm.TOO_EARLY if has_revenue else Harm.NO_REVENUE
        if surely.low > -self.margin:
            return Harm.NONE_SEEN
        return Harm.HARMED if self.advantage.is_surely_worse else Harm.POSSIBLE


@dataclass(frozen=True)
class LeftOut:
    """The visitors of all variants who do not count for a goal.

    They are within their window still, or that was cut short; `until` is the day on which the next
    ones come to count, None where nobody is within the window.
    """

    inside: int
    cut: int
    until: date | None


@dataclass(frozen=True)
class GoalResult:
    """The result of one goal, of the visitors who count: those of some `cohorts`."""

    target: Target
    control: VariantResult
    challengers: tuple[Challenger, ...]
    cohorts: Cohorts
    left_out: LeftOut

    @property
    def variants(self) -> tuple[VariantResult, ...]:
        """Return all variants, the control first."""
        return (self.control, *self.challengers)

    @property
    def winner(self) -> Challenger | None:
        """Return the best of those that are surely better: another one may look better still."""
        return next((each for each in self.ranked if each.advantage.is_surely_better), None)

    @property
    def is_won_by_the_control(self) -> bool:
        """Return whether every variant that is to get visitors is surely worse."""
        compared = [each for each in self.challengers if each.side.weight]
        return bool(compared) and all(each.advantage.is_surely_worse for each in compared)

    def is_within(self, difference: float) -> bool:
        """Return whether every variant that is to get visitors surely differs by less."""
        compared = [each.advantage.surely for each in self.challengers if each.side.weight]
        return bool(compared) and all(each and each.is_within(difference) for each in compared)

    @property
    def ranked(self) -> list[Challenger]:
        """Return the challengers whose improvement is known, the best first."""
        known = [each for each in self.challengers if each.advantage.estimate is not None]
        return sorted(known, key=lambda each: -(each.advantage.estimate or 0.0))

    @property
    def without_revenue(self) -> VariantResult | None:
        """Return a variant whose revenue is not above nothing, once that is to be relied on."""
        return next((each for each in self.variants if each.sums_to_nothing), None)

    @property
    def visitors(self) -> int:
        """Return the visitors of all variants who count."""
        return sum(each.arm.visitors for each in self.variants)

    def left_by_cap(self, result: VariantResult) -> float:
        """Return how much of what a variant's visitors did is above the cap, and does not count."""
        if result.arm.sums is None:
            return 0.0
        measured, _ = result.arm.sums
        is_money = self.target.kind is GoalKind.REVENUE
        return (result.total_value if is_money else result.events) - measured

    @property
    def measured(self) -> float:
        """Return what all visitors who count count for, at a goal that sums up."""
        return sum(each.arm.sums[0] for each in self.variants if each.arm.sums)

    @property
    def awaits_cohorts(self) -> bool:
        """Return whether nobody has had the whole window yet."""
        return self.target.window_days is not None and not self.visitors

    @property
    def has_values(self) -> bool:
        """Return whether the conversions of any variant were worth something."""
        return any(each.total_value for each in self.variants)


@dataclass(frozen=True)
class Findings:
    """The findings that a verdict is given on: of a run, or of some days of it.

    `has_started` is whether the run ever opened, `is_running` whether it splits visitors now.
    `visitors` are those of each of the `sides`, and `time_running` is without pauses.
    `call` is what was called last. `excluded` are the days of the run that are not counted, and
    `recounted_at` is when they became those. Its days begin by `time_zone`. They are of one of so
    many `ranges` of days that could have been picked. `time_at_present_traffic` is what
    `time_running` would have been at the present traffic, None where that never rose.
    """

    status: Status
    has_started: bool
    is_running: bool
    is_whole_run: bool
    time_running: timedelta
    minimum_days: int
    minimum_visitors: int
    sides: tuple[Side, ...]
    visitors: tuple[int, ...]
    goals: tuple[GoalResult, ...]
    call: Called | None
    excluded: tuple[DayRange, ...] = ()
    recounted_at: datetime | None = None
    time_zone: str = UTC_ZONE
    ranges: int = 1
    time_at_present_traffic: timedelta | None = None

    @property
    def days_running(self) -> int:
        """Return for how many whole days it has run, without pauses."""
        return self.time_running // DAY

    @property
    def total_visitors(self) -> int:
        """Return the visitors of all variants."""
        return sum(self.visitors)

    @property
    def call_that_stands(self) -> Called | None:
        """Return what was called and has not ended."""
        return None if self.call is None or self.call.has_ended else self.call

    @property
    def counts_nobody_new(self) -> bool:
        """Return whether all days to come are left out."""
        return any(each.last is None for each in self.excluded)

    @property
    def call_that_ended(self) -> Called | None:
        """Return what was called last, where it stands no more.

        A broken split ends it, and that other days are counted.
        """
        stands = self.call_that_stands and not self.is_mismatched
        return None if stands else self.call

    @property
    def sample_ratio_p_value(self) -> float | None:
        """Return the p-value of the visitors having come as they were to be split.

        Of days that were picked it is corrected for all that could have been (Bonferroni).
        """
        p_value = mismatch_p_value(self.visitors, [side.weight for side in self.sides])
        return None if p_value is None else min(1.0, p_value * self.ranges)

    @property
    def is_mismatched(self) -> bool:
        """Return whether the split is broken."""
        return is_mismatched(self.sample_ratio_p_value)

    @property
    def compares(self) -> bool:
        """Return whether two variants at least get visitors: one alone is compared with nothing."""
        return sum(1 for side in self.sides if side.weight) > 1

    @property
    def fewest(self) -> tuple[int, Side]:
        """Return the fewest visitors of a variant that is to get any, and that variant.

        Those who count for the goal that decides, where there is one.
        """
        goal = self.primary
        counted = [each.arm.visitors for each in goal.variants] if goal else self.visitors
        both = zip(counted, self.sides, strict=True)
        return min(pair for pair in both if pair[1].weight)

    @property
    def is_held_back(self) -> bool:
        """Return whether the run has not had the days or the visitors yet that it is to have.

        Or nobody has had the whole window of the goal that decides.
        """
        too_short = self.days_running < self.minimum_days
        too_few = self.fewest[0] < self.minimum_visitors
        return too_short or too_few or (self.primary is not None and self.primary.awaits_cohorts)

    @property
    def is_over(self) -> bool:
        """Return whether the experiment is never started again."""
        return self.status is Status.ARCHIVED

    @property
    def primary(self) -> GoalResult | None:
        """Return the goal that decides, if one was chosen."""
        return next(iter(self.of_role(GoalRole.PRIMARY)), None)

    def of_role(self, role: GoalRole) -> tuple[GoalResult, ...]:
        """Return the goals that are this to the run."""
        return tuple(goal for goal in self.goals if goal.target.role is role)
