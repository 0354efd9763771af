"""A result as the contract of names shows it: everything that the page shows, in fractions."""

from collections.abc import Iterator
from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from app.api.moments import Written, written
from app.models import GoalRole, Status, Wanted
from app.results.comparison import Interval
from app.results.findings import Challenger, Findings, GoalResult, Harm, VariantResult
from app.results.period import Course
from app.results.report import Report
from app.results.trend import Point, RateInterval, Trend
from app.results.verdict import Kind, Verdict

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Word = Literal["ship", "hold", "wait", "invalid", "draft"]


class OpenedRun(TypedDict):
    """A run that has opened."""

    number: int
    opened_at: Written
    stopped_at: Written | None
    """Null while it runs."""


class Pause(TypedDict):
    """A pause of the run that is shown."""

    began_at: Written
    ended_at: Written | None
    """Null while it lasts."""


class Decision(TypedDict):
    """What to do about the run, and why."""

    kind: Kind
    sentence: str
    variant: str | None
    """The key of the variant that it is about."""
    harms: list[str]
    """A sentence for each guardrail that suffered."""
    is_final: bool
    """Whether the run has ended, so that no visitor to come can make it another."""


class Named(TypedDict):
    """The experiment, as the contract's clients know it."""

    id: str
    name: str
    status: Status


class MetricRow(TypedDict):
    """A variant at a goal, as the contract's clients know it."""

    metric: str
    """The key of the goal."""
    groupName: str
    """The key of the variant."""
    n: int
    """Its visitors."""
    mean: float | None
    """The share of them who converted."""
    delta: float | None
    """The difference of the shares."""
    deltaPct: float | None
    """The improvement, in percent."""
    ci95Low: float | None
    """Of its sequential interval, in percent."""
    ci95High: float | None
    pValue: float | None
    srmPValue: float | None
    srmDetected: Literal[0, 1]
    isFinal: Literal[0, 1]
    """1 once the run is over for good."""


class RunVariant(TypedDict):
    """A variant of the run."""

    key: str
    name: str
    is_control: bool
    weight: int
    """Of 10,000."""
    visitors: int


class SampleRatio(TypedDict):
    """Whether the visitors are split as they should be."""

    p_value: float | None
    is_mismatched: bool


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


class _Time(TypedDict):
    runs: list[OpenedRun]
    run: int | None
    start_date: Day | None
    end_date: Day | None
    days_running: int
    pauses: list[Pause]


class Results(_Time):
    """What came of a run.

    All rates, improvements and chances are fractions, 0.25 is 25 %, unless they are said to be in
    percent. Null is what cannot be said. `run` is the number of the one that is shown, with its
    days of UTC, both included.
    """

    id: str
    key: str
    name: str
    status: Status
    minimum_days: int
    minimum_visitors: int
    """Of each variant."""
    experiment: Named
    verdict: Word
    """The contract's one word: what to do with the variant."""
    results: list[MetricRow]
    """A row for each goal and variant."""
    decision: Decision
    variants: list[RunVariant]
    sample_ratio: SampleRatio
    goals: list[GoalCounted]
    trend: list[VariantTrend]


def document(report: Report) -> Results:
    """Return the answer."""
    experiment, findings = report.experiment, report.findings
    return {
        "id": experiment.public_id,
        "key": experiment.key,
        "name": experiment.name,
        "status": experiment.status,
        **_time(report),
        "minimum_days": findings.minimum_days,
        "minimum_visitors": findings.minimum_visitors,
        "experiment": {
            "id": experiment.public_id,
            "name": experiment.name,
            "status": experiment.status,
        },
        "verdict": word(report.verdict),
        "results": [row for goal in findings.goals for row in _rows(goal, report)],
        "decision": _decision(report),
        "variants": _variants(findings),
        "sample_ratio": {
            "p_value": findings.sample_ratio_p_value,
            "is_mismatched": findings.is_mismatched,
        },
        "goals": [_goal(goal) for goal in findings.goals],
        "trend": [_trend(trend) for trend in report.trends],
    }


def _time(report: Report) -> _Time:
    course, period = report.course, report.period
    pauses = course.pauses if course else ()
    return {
        "runs": [_run(each) for each in report.courses],
        "run": course and course.number,
        "start_date": period and period.first.isoformat(),
        "end_date": period and period.last.isoformat(),
        "days_running": report.findings.days_running,
        "pauses": [
            {"began_at": written(pause.began_at), "ended_at": written(pause.ended_at)}
            for pause in pauses
        ],
    }


def _run(course: Course) -> OpenedRun:
    return {
        "number": course.number,
        "opened_at": written(course.opened_at),
        "stopped_at": written(course.stopped_at),
    }


def _decision(report: Report) -> Decision:
    verdict = report.verdict
    return {
        "kind": verdict.kind,
        "sentence": verdict.sentence,
        "variant": verdict.side and verdict.side.key,
        "harms": [*verdict.harms],
        "is_final": report.is_final,
    }


def word(verdict: Verdict) -> Word:
    """Return the contract's word: ship, hold, wait, invalid or draft."""
    word = _WORDS.get(verdict.kind, "wait")
    return "hold" if verdict.harms and word in {"ship", "wait"} else word


_WORDS: dict[Kind, Word] = {
    Kind.NOT_STARTED: "draft",
    Kind.NEVER_STARTED: "draft",
    Kind.MISMATCH: "invalid",
    Kind.WINNER: "ship",
    Kind.ORIGINAL_WINS: "hold",
}


def _rows(goal: GoalResult, report: Report) -> Iterator[MetricRow]:
    for result, visitors in zip(goal.variants, report.findings.visitors, strict=True):
        comparison = result.comparison if isinstance(result, Challenger) else None
        interval = comparison and comparison.sequential_interval
        control = goal.control.arm.rate
        is_compared = comparison is not None and None not in (result.arm.rate, control)
        yield {
            "metric": goal.target.key,
            "groupName": result.side.key,
            "n": visitors,
            "mean": result.arm.rate,
            "delta": (result.arm.rate or 0) - (control or 0) if is_compared else None,
            "deltaPct": _percent(comparison and comparison.improvement),
            "ci95Low": _percent(interval and interval.low),
            "ci95High": _percent(interval and interval.high),
            "pValue": comparison and comparison.sequential_p_value,
            "srmPValue": report.findings.sample_ratio_p_value,
            "srmDetected": 1 if report.findings.is_mismatched else 0,
            "isFinal": 1 if report.is_final else 0,
        }


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else fraction * 100


def _variants(findings: Findings) -> list[RunVariant]:
    return [
        {
            "key": side.key,
            "name": side.name,
            "is_control": side.is_control,
            "weight": side.weight,
            "visitors": visitors,
        }
        for side, visitors in zip(findings.sides, findings.visitors, strict=True)
    ]


def _goal(goal: GoalResult) -> GoalCounted:
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


def _trend(trend: Trend) -> VariantTrend:
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
