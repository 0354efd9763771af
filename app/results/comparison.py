"""The comparison of a variant with the control, from counts of visitors and conversions."""

from dataclasses import dataclass

from app.results import one_look, sequential
from app.results.arms import Arm, Interval


@dataclass(frozen=True)
class Established:
    """What earlier looks have established of a variant: the tightest interval and p-value."""

    interval: Interval
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """A variant beside the control, for one goal. None where the counts allow no statement.

    The improvement is relative: 0.25 is a rate 25 % above the control's. `interval`, `p_value`
    and `chance_to_beat_control` hold for one look at a moment fixed beforehand. The sequential
    ones hold however often one looks: `sequential_interval` leaves out 0 exactly when
    `sequential_p_value` is below 0.05, and that calls a winner, or a loser.
    """

    improvement: float | None
    interval: Interval | None
    p_value: float | None
    chance_to_beat_control: float | None
    sequential_interval: Interval | None
    sequential_p_value: float | None


@dataclass(frozen=True)
class LookedAt:
    """What a comparison is one of: of so many variants, at one of so many looks.

    A look that is not kept `concludes` nothing that no kept one has: it could be gone at the next.
    """

    comparisons: int = 1
    established: Established | None = None
    concludes: bool = True


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
    return Comparison(
        improvement=_improvement(control, variant),
        interval=one_look.interval(control, variant),
        p_value=one_look.p_value(control, variant),
        chance_to_beat_control=_chance_to_beat(control, variant),
        sequential_interval=_at_all_looks(control, variant, looked_at),
        sequential_p_value=_least_p_value(control, variant, looked_at),
    )


def _improvement(control: Arm, variant: Arm) -> float | None:
    if not control.rate or variant.rate is None:
        return None
    return variant.rate / control.rate - 1


def _chance_to_beat(control: Arm, variant: Arm) -> float | None:
    """P(variant rate > control rate), each rate a posteriori Beta(1 + c, 1 + n - c).

    That is from a uniform prior (Miller, "Formulas for Bayesian A/B Testing", evanmiller.org,
    gives a closed form, a sum of as many terms as conversions). None where an arm has no
    visitors: the prior alone would speak.
    """
    if not (control.visitors and variant.visitors):
        return None
    from app.results.distributions import Beta, chance_of_larger_second  # noqa: PLC0415

    first, second = (Beta(1 + arm.conversions, 1 + arm.others) for arm in (control, variant))
    return chance_of_larger_second(first, second)


def _at_all_looks(control: Arm, variant: Arm, looked_at: LookedAt) -> Interval | None:
    """Return what lies in the intervals of this look and of all earlier ones."""
    present = sequential.interval(control, variant, looked_at.comparisons)
    if present is None:
        return None
    established = looked_at.established and looked_at.established.interval
    both = present.within(established)
    if looked_at.concludes or (established and established.excludes_none):
        return both
    return Interval(min(both.low, 0.0), max(both.high, 0.0))


def _least_p_value(control: Arm, variant: Arm, looked_at: LookedAt) -> float | None:
    """Return the least p-value of this look and of all earlier ones."""
    present = sequential.p_value(control, variant, looked_at.comparisons)
    if present is None:
        return None
    counted = present if looked_at.concludes else max(present, sequential.ERROR_RATE)
    return min(counted, looked_at.established.p_value) if looked_at.established else counted
