"""A result as the contract of integers shows it: rates and improvements in percent."""

from typing import Annotated, Literal, NotRequired, Self

from pydantic import StrictStr, WithJsonSchema, model_validator
from typing_extensions import TypedDict

from app.api import problems, shapes
from app.api.moments import Written, written
from app.api.v2 import answers, design_members, goal_members
from app.api.v2.answers import Success
from app.api.v2.design_members import CONFIDENCE_PERCENT
from app.api.v2.goal_members import CodedGoal
from app.api.v2.shapes import OpenDaysQuery
from app.core.errors import InvalidInput
from app.models import UTC_ZONE, Status
from app.results.counts import VALUE_DECIMALS
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.reading import Side
from app.results.report import Report

StatusName = Literal["draft", "live", "inactive"]
STATUS_NAMES: dict[Status, StatusName] = {
    Status.DRAFT: "draft",
    Status.RUNNING: "live",
    Status.STOPPED: "inactive",
}
WHICH_NUMBERS = frozenset(
    {
        "breakdown_by",
        "custom_filter",
        "event_attribute",
        "filter_by",
        "min_count",
        "report_phase",
        "timeframe_days",
    }
)
"""Parameters of a result by which the contract has other numbers."""
UTC = "0"


class ResultQuery(OpenDaysQuery):
    """The days of a result, and its goal, by default the primary one.

    Numbers of another kind than ours are not passed off as those.
    """

    goal_key: Annotated[StrictStr, WithJsonSchema(shapes.KEY_OR_NONE)] = ""
    """The goal, by its key; by default the primary one."""
    goal_profile_id: Annotated[StrictStr, WithJsonSchema(shapes.text("[0-9]{0,10}"))] = ""
    """The goal, by its number; by default the primary one."""
    tz: Annotated[StrictStr, WithJsonSchema({"type": "string", "enum": [UTC]})] = UTC
    """Taken of a run whose days are those of UTC."""

    @model_validator(mode="after")
    def _is_what_is_counted(self) -> Self:
        others = sorted(WHICH_NUMBERS & (self.model_extra or {}).keys())
        others += ["tz"] if self.tz != UTC else []
        if others:
            raise problems.fault(f"The result is not given by {', '.join(others)}.")
        return self

    def require_its_days(self, report: Report) -> None:
        """Raise InvalidInput where the days of UTC are asked for, and the run has others."""
        zone = report.course.time_zone if report.course else UTC_ZONE
        if "tz" in self.model_fields_set and zone != UTC_ZONE:
            raise InvalidInput(f"The result is not given by tz: its days are of {zone}.", "tz")

    def goal_of(self, findings: Findings) -> GoalResult | None:
        """Return the goal that is asked for; None without a primary one.

        Raises InvalidInput for one that is not measured.
        """
        if not (self.goal_key or self.goal_profile_id):
            return findings.primary
        found = next((goal for goal in findings.goals if self._names(goal)), None)
        if found is None:
            field = "goal_key" if self.goal_key else "goal_profile_id"
            raise InvalidInput(f"The experiment does not measure the goal of this {field}.", field)
        return found

    def _names(self, goal: GoalResult) -> bool:
        has_key = self.goal_key in ("", goal.target.key)
        return has_key and self.goal_profile_id in ("", str(goal.target.id))


class CountedVariant(TypedDict):
    """The counts of a variant; a rate of no visitors is 0.0."""

    variant_id: str
    """Its place: 0 is the control."""
    key: str
    """Its key."""
    name: str
    """Its name."""
    visitors: int
    """How many have seen it; of a goal with a window, whose window is over."""
    conversions: int
    """How many of them have reached the goal."""
    conversion_rate: float
    """In percent."""
    revenue: NotRequired[float]
    """What its orders were worth in all: of a goal that sums up revenue."""
    orders: NotRequired[int]
    """How many there were: of a goal that sums up revenue."""
    rpv: NotRequired[float]
    """The revenue a visitor, of which no visitor counts for more than the cap."""
    aov: NotRequired[float]
    """The revenue an order."""
    improvement: NotRequired[float | None]
    """In percent, of what the goal measures; null where it cannot be said, and not of the control.
    """
    traffic_weight: float
    """In percent."""
    variant_status: Literal["active", "paused"]
    """`paused` for one without a share of the visitors."""
    is_control: bool
    """Whether it is the original."""


class CodedResult(Success):
    """The counts of a run."""

    test_id: int
    """The experiment's number."""
    test_name: str
    """The experiment's name."""
    status: StatusName
    """The status that it has now, in a word."""
    status_code: int
    """The same as 1 (Live), 0 (Paused) or 9 (Draft)."""
    start_date: Written | None
    """Null where nothing has started."""
    end_date: Written | None
    """Null while it runs."""
    days_running: int
    """For how many whole days it has run, without pauses."""
    primary_goal: CodedGoal | None
    """The goal that decides; null without one."""
    goal: CodedGoal | None
    """What the conversions are of: there are none without one."""
    stats_engine: Literal["frequentist"]
    """There is one alone."""
    confidence_threshold_percent: int
    """Always 95."""
    is_serving: bool
    """Whether everybody gets one variant now."""
    traffic_allocation: float
    """In percent."""
    distribution_mode: Literal["equal", "custom"]
    """Whether the shares are as even as they can be."""
    total_visitors: int
    """Of all variants."""
    total_conversions: int
    """Of all variants."""
    has_revenue: bool
    """Whether the goal sums up revenue, which is told then."""
    currency: NotRequired[str]
    """Of the revenue."""
    total_revenue: NotRequired[float]
    """Of all variants, as it was sent."""
    total_orders: NotRequired[int]
    """Of all variants."""
    variants: list[CountedVariant]
    """The variants, the control first."""


def document(report: Report, status_code: int, goal: GoalResult | None) -> CodedResult:
    """Return the answer, member by member as the contract names them."""
    findings, course = report.findings, report.course
    return {
        **answers.success(),
        "test_id": report.experiment.test_id,
        "test_name": report.experiment.name,
        "status": STATUS_NAMES[report.experiment.status],
        "status_code": status_code,
        "start_date": written(course.opened_at if course else None),
        "end_date": written(course.stopped_at if course else None),
        "days_running": findings.days_running,
        "primary_goal": _shown_goal(findings.primary) if findings.primary else None,
        "goal": _shown_goal(goal) if goal else None,
        "stats_engine": "frequentist",
        "confidence_threshold_percent": CONFIDENCE_PERCENT,
        "is_serving": report.experiment.ending.is_shipped,
        "traffic_allocation": design_members.percent(report.traffic_allocation),
        "distribution_mode": _distribution_mode(findings.sides),
        "total_visitors": goal.visitors if goal else findings.total_visitors,
        "total_conversions": sum(each.arm.conversions for each in goal.variants) if goal else 0,
        **_revenue(goal),
        "variants": [
            _shown(side, visitors, goal)
            for side, visitors in zip(findings.sides, findings.visitors, strict=True)
        ],
    }


class _Revenue(TypedDict):
    has_revenue: bool
    currency: NotRequired[str]
    total_revenue: NotRequired[float]
    total_orders: NotRequired[int]


def _revenue(goal: GoalResult | None) -> _Revenue:
    if goal is None or goal.target.currency is None:
        return {"has_revenue": False}
    return {
        "has_revenue": True,
        "currency": goal.target.currency,
        "total_revenue": _money(sum(each.total_value for each in goal.variants)),
        "total_orders": sum(each.events for each in goal.variants),
    }


def _shown_goal(goal: GoalResult) -> CodedGoal:
    target = goal.target
    return goal_members.shown(target.id, target.key, target.name, target.wanted)


def _distribution_mode(sides: tuple[Side, ...]) -> Literal["equal", "custom"]:
    """Return whether the shares are as even as they can be."""
    weights = [side.weight for side in sides]
    return "equal" if max(weights) - min(weights) <= 1 else "custom"


def _shown(side: Side, visitors: int, goal: GoalResult | None) -> CountedVariant:
    result = goal.variants[side.position] if goal else None
    counted: CountedVariant = {
        "variant_id": str(side.position),
        "key": side.key,
        "name": side.name,
        "visitors": result.arm.visitors if result else visitors,
        "conversions": result.arm.conversions if result else 0,
        "conversion_rate": _percent(result.arm.rate or 0.0) if result else 0.0,
        "traffic_weight": design_members.percent(side.weight),
        "variant_status": "active" if side.weight else "paused",
        "is_control": side.is_control,
    }
    if result and goal and goal.target.currency:
        counted = {
            **counted,
            "revenue": result.total_value,
            "orders": result.events,
            "rpv": _money(result.arm.mean or 0.0),
            "aov": _money(result.total_value / result.events if result.events else 0.0),
        }
    return counted if side.is_control else {**counted, "improvement": _improvement(result)}


def _improvement(result: VariantResult | None) -> float | None:
    if not isinstance(result, Challenger) or result.comparison.improvement is None:
        return None
    return _percent(result.comparison.improvement)


def _money(amount: float) -> float:
    """Return an amount as finely as it is kept: of cheap clicks, cents would leave nothing."""
    return round(amount, VALUE_DECIMALS)


def _percent(fraction: float) -> float:
    return round(fraction * 100, 2)
