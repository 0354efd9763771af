"""What came of each variant at each goal, and day by day, as the contract of names shows it."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.models import GoalRole, Wanted
from app.results.comparison import Interval
from app.results.findings import Challenger, GoalResult, Harm, VariantResult
from app.results.trend import Point, RateInterval, Trend

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class ShownInterval(TypedDict):
    """An interval of 95 %."""

    low: float
    high: float


class VariantCounted(TypedDict):
    """A variant at a goal; what is from `improvement` on, beside the control."""

    key: str
    conversions: int
    conversion_rate: float | None
    total_value: float
    improvement: NotRequired[float | None]
    """Relative to the control."""
    interval: NotRequired[ShownInterval | None]
    """Of the improvement, at one look at a moment fixed beforehand."""
    p_value: NotRequired[float | None]
    sequential_interval: NotRequired[ShownInterval | None]
    """Of the improvement, however often one looks."""
    sequential_p_value: NotRequired[float | None]
    chance_to_beat_control: NotRequired[float | None]
    """To be better than it, whichever way the goal is wanted."""
    harm: NotRequired[Harm]
    """What it has done to the goal: matters for guardrails."""


class GoalCounted(TypedDict):
    """The result of one goal."""

    key: str
    name: str
    role: GoalRole
    wanted: Wanted
    variants: list[VariantCounted]
    """The control first."""


class TrendDay(TypedDict):
    """A variant at the end of a day, counted from the first one on."""

    day: Day
    visitors: int
    conversions: int
    conversion_rate: float | None
    interval: ShownInterval | None
    """Of the rate."""


class VariantTrend(TypedDict):
    """A variant's days at the primary goal."""

    key: str
    days: list[TrendDay]


def of(goal: GoalResult) -> GoalCounted:
    """Return the result of a goal as it is sent."""
    return {
        "key": goal.target.key,
        "name": goal.target.name,
        "role": goal.target.role,
        "wanted": goal.target.wanted,
        "variants": [
            _variant(goal.control),
            *(_beside_control(each) for each in goal.challengers),
        ],
    }


def _variant(result: VariantResult) -> VariantCounted:
    return {
        "key": result.side.key,
        "conversions": result.arm.conversions,
        "conversion_rate": result.arm.rate,
        "total_value": result.total_value,
    }


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
    return {
        "day": point.day.isoformat(),
        "visitors": point.arm.visitors,
        "conversions": point.arm.conversions,
        "conversion_rate": point.arm.rate,
        "interval": _interval(point.interval),
    }


def _interval(interval: Interval | RateInterval | None) -> ShownInterval | None:
    return {"low": interval.low, "high": interval.high} if interval else None
