"""What came of each variant at each goal, and day by day, as the contract of names shows it."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.models import GoalKind, GoalRole, Wanted
from app.results.findings import Challenger, GoalResult, Harm, VariantResult
from app.results.statistics.arms import Interval
from app.results.trend import Point, RateInterval, Trend

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class ShownInterval(TypedDict):
    """An interval of 95 %."""

    low: float
    """Its lower end."""
    high: float
    """Its upper end."""


class VariantCounted(TypedDict):
    """A variant at a goal; what is from `improvement` on, beside the control."""

    key: str
    """Its key."""
    visitors: int
    """How many of its visitors count for the goal."""
    conversions: int
    """How many of those have reached the goal."""
    conversion_rate: float | None
    """The share of them; null without visitors."""
    total_value: float
    """The sum of the values that were sent."""
    events: NotRequired[int]
    """How often they reached it: of a goal that counts or sums up."""
    measured: NotRequired[float]
    """The sum of what they count for, each at most the cap: of a goal that counts or sums up."""
    mean: NotRequired[float | None]
    """The same a visitor, which decides; null without visitors."""
    improvement: NotRequired[float | None]
    """Relative to the control."""
    interval: NotRequired[ShownInterval | None]
    """Of the improvement, at one look at a moment fixed beforehand."""
    p_value: NotRequired[float | None]
    """Of that one look."""
    sequential_interval: NotRequired[ShownInterval | None]
    """Of the improvement, however often one looks."""
    sequential_p_value: NotRequired[float | None]
    """However often one looks."""
    chance_to_beat_control: NotRequired[float | None]
    """To be better than it, whichever way the goal is wanted."""
    harm: NotRequired[Harm]
    """What it has done to the goal: matters for guardrails."""


class GoalCounted(TypedDict):
    """The result of one goal."""

    key: str
    """Its key."""
    name: str
    """Its name."""
    role: GoalRole
    """What it is measured for."""
    wanted: Wanted
    """Whether more of it is better, or less."""
    kind: GoalKind
    """What is compared: the share of visitors who reach it, how often they do, or its revenue."""
    currency: str | None
    """Of revenue alone."""
    cap: float | None
    """The most that one visitor counts for; null for a goal of conversions."""
    window_days: int | None
    """For how many days what a visitor does counts; null for as long as it is live."""
    visitors_counted: int
    """Whose window is over, or all without one."""
    visitors_within_window: int
    """Who do not count yet."""
    visitors_cut: int
    """Who do not count, since a pause or the end cut their window short."""
    next_counted_on: Day | None
    """The day on which the next ones come to count; null where nobody is within their window."""
    variants: list[VariantCounted]
    """The control first."""


class TrendDay(TypedDict):
    """A variant at the end of a day, counted from the first one on."""

    day: Day
    """The day."""
    visitors: int
    """Up to its end."""
    conversions: int
    """Up to its end."""
    conversion_rate: float | None
    """Up to its end; null without visitors."""
    mean: NotRequired[float | None]
    """What a visitor counts for, up to its end: of a goal that counts or sums up."""
    interval: ShownInterval | None
    """Of the rate, or of the mean."""


class VariantTrend(TypedDict):
    """A variant's days at the primary goal."""

    key: str
    """The key of the variant."""
    days: list[TrendDay]
    """Day by day."""


def of(goal: GoalResult) -> GoalCounted:
    """Return the result of a goal as it is sent."""
    return {
        "key": goal.target.key,
        "name": goal.target.name,
        "role": goal.target.role,
        "wanted": goal.target.wanted,
        "kind": goal.target.kind,
        "currency": goal.target.currency,
        "cap": goal.target.cap,
        "window_days": goal.target.window_days,
        "visitors_counted": goal.visitors,
        "visitors_within_window": goal.left_out.inside,
        "visitors_cut": goal.left_out.cut,
        "next_counted_on": goal.left_out.until and goal.left_out.until.isoformat(),
        "variants": [
            _variant(goal.control),
            *(_beside_control(each) for each in goal.challengers),
        ],
    }


def _variant(result: VariantResult) -> VariantCounted:
    arm = result.arm
    counted: VariantCounted = {
        "key": result.side.key,
        "visitors": arm.visitors,
        "conversions": arm.conversions,
        "conversion_rate": arm.rate,
        "total_value": result.total_value,
    }
    if arm.sums is None:
        return counted
    measured, _ = arm.sums
    return {**counted, "events": result.events, "measured": measured, "mean": arm.mean}


def _beside_control(result: Challenger) -> VariantCounted:
    comparison = result.comparison
    return {
        **_variant(result),
        "improvement": comparison.improvement,
        "interval": _interval(comparison.interval),
        "p_value": comparison.p_value,
        "sequential_interval": _interval(comparison.sequential_interval),
        "sequential_p_value": comparison.sequential_p_value,
        "chance_to_beat_control": result.advantage.chance,
        "harm": result.harm,
    }


def trend(trend: Trend) -> VariantTrend:
    """Return a variant's days as they are sent."""
    return {"key": trend.side.key, "days": [_point(point) for point in trend.points]}


def _point(point: Point) -> TrendDay:
    shown: TrendDay = {
        "day": point.day.isoformat(),
        "visitors": point.arm.visitors,
        "conversions": point.arm.conversions,
        "conversion_rate": point.arm.rate,
        "interval": _interval(point.interval),
    }
    return {**shown, "mean": point.arm.mean} if point.arm.sums_up else shown


def _interval(interval: Interval | RateInterval | None) -> ShownInterval | None:
    return {"low": interval.low, "high": interval.high} if interval else None
