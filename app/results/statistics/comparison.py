"""The comparison of a variant with the control, from what was counted of their visitors."""

from dataclasses import dataclass

from app.results.statistics import conclusions, one_look, one_look_of_means, sequential
from app.results.statistics.arms import Arm, Interval
from app.results.statistics.conclusions import DIFFERENT, Zone


@dataclass(frozen=True)
class Established:
    """What earlier looks have established of a variant: the tightest interval and p-value."""

    interval: Interval
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """A variant beside the control, for one goal. None where the counts allow no statement.

    The improvement is relative: 0.25 is a rate, or a mean, 25 % above the control's. `interval`,
    `p_value` and `chance_to_beat_control` hold for one look at a moment fixed beforehand. The
    sequential ones hold however often one looks: `sequential_interval` leaves out 0 exactly when
    `sequential_p_value` is below 0.05, and that calls a winner, or a loser. Of too little
    on one side there is no ratio: then it may be sure that the variant `has_lost_most` of what the
    control has, or that the `control_has_little` of what the variant has.
    """

    improvement: float | None
    interval: Interval | None
    p_value: float | None
    chance_to_beat_control: float | None
    sequential_interval: Interval | None
    sequential_p_value: float | None
    has_lost_most: bool
    control_has_little: bool


@dataclass(frozen=True)
class LookedAt:
    """What a comparison is one of: of so many variants, at one of so many looks.

    A look that is not kept `concludes` nothing that no kept one has: it could be gone at the next.
    `zones` are what may be concluded at the goal.
    """

    comparisons: int = 1
    established: Established | None = None
    concludes: bool = True
    zones: tuple[Zone, ...] = DIFFERENT


ALONE = LookedAt()


def compare(control: Arm, variant: Arm, looked_at: LookedAt = ALONE) -> Comparison:
    """Set `variant` beside `control`.

    The number of comparisons widens the sequential statements alone, so that among all variants
    of an experiment one is wrongly called better in at most 5 % of the experiments, and one
    wrongly called worse in at most 5 % (Bonferroni; Dunn 1961, "Multiple Comparisons Among
    Means"). What earlier looks have established narrows them: they hold at all looks at once.
    Raises ValueError for less than one comparison.
    """
    if looked_at.comparisons < 1:
        raise ValueError(f"{looked_at.comparisons} is no number of comparisons.")
    alone = one_look_of_means if variant.sums_up else one_look
    return Comparison(
        improvement=_improvement(control, variant),
        interval=alone.interval(control, variant),
        p_value=alone.p_value(control, variant),
        chance_to_beat_control=alone.chance_to_beat(control, variant),
        sequential_interval=_at_all_looks(control, variant, looked_at),
        sequential_p_value=_least_p_value(control, variant, looked_at),
        has_lost_most=sequential.is_surely_less(variant, control, looked_at.comparisons),
        control_has_little=sequential.is_surely_less(control, variant, looked_at.comparisons),
    )


def _improvement(control: Arm, variant: Arm) -> float | None:
    """Return how far the variant's mean is above the control's, None beside less than nothing."""
    if control.mean is None or control.mean <= 0 or variant.mean is None:
        return None
    return variant.mean / control.mean - 1


def _at_all_looks(control: Arm, variant: Arm, looked_at: LookedAt) -> Interval | None:
    """Return what lies in the intervals of this look and of all earlier ones."""
    present = sequential.interval(control, variant, looked_at.comparisons)
    if present is None:
        return None
    established = looked_at.established and looked_at.established.interval
    both = present.within(established)
    if looked_at.concludes:
        return both
    return conclusions.without_new(both, established, looked_at.zones)


def _least_p_value(control: Arm, variant: Arm, looked_at: LookedAt) -> float | None:
    """Return the least p-value of all looks so far; where this one denies the others, its own."""
    present = sequential.p_value(control, variant, looked_at.comparisons)
    if present is None:
        return None
    counted = present if looked_at.concludes else max(present, sequential.ERROR_RATE)
    established = looked_at.established
    if established is None or not _bears_out(control, variant, looked_at.comparisons, established):
        return counted
    return min(counted, established.p_value)


def _bears_out(control: Arm, variant: Arm, comparisons: int, established: Established) -> bool:
    """Return whether what is seen now allows any of what earlier looks have established."""
    present = sequential.interval(control, variant, comparisons)
    return present is None or present.meets(established.interval)
