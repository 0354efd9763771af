"""A result as the contract of names shows it: everything that the page shows, in fractions."""

from collections.abc import Iterator

from app.api.moments import written
from app.results.comparison import Interval
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.period import Course
from app.results.report import Report
from app.results.trend import Point, RateInterval, Trend
from app.results.verdict import Kind, Verdict


def document(report: Report) -> dict[str, object]:
    """Return the answer. All rates, improvements and chances are fractions: 0.25 is 25 %.

    `verdict` is the contract's one word, and `experiment` (`id`, `name`, `status`) and `results`
    are as its clients know them: a row for each goal and variant, whose `mean` is the share of
    visitors who converted, `delta` the difference of the shares, `deltaPct` the improvement, and
    `ci95Low` and `ci95High` its sequential interval, these three in percent; `isFinal` is 1 once
    the run is over for good.

    Beside these, in our words: `id`, `key`, `name`, `status` of the experiment; `runs` that have
    opened, each with `number`, `opened_at`, `stopped_at` (null while it runs); `run`, the number
    of the one shown, and
    `start_date`, `end_date` (days of UTC, both included), null where none has opened.

    `days_running` and `pauses` (`began_at`, `ended_at`, null while it lasts); `minimum_days`,
    `minimum_visitors` of each variant; `decision` with its `kind`, its `sentence`, the key of the
    `variant` that it is about or null, `harms`, a sentence for each guardrail that suffered, and
    `is_final`, whether the run has ended, so that no visitor to come can make it another.

    `variants` with `key`, `name`, `is_control`, `weight` (of 10,000) and `visitors`; `sample_ratio`
    with its `p_value` or null and `is_mismatched`.

    `goals` with `key`, `name`, `role`, `wanted` and `variants`: each has `key`, `conversions`,
    `conversion_rate`, `total_value`, and beside the control `improvement`, `interval`, `p_value`,
    `sequential_interval`, `sequential_p_value` (those may be looked at any time),
    `chance_to_beat_control` (to be better than it, whichever way the goal is wanted), and `harm`,
    which is "harmed", "no harm seen" or "too early to say" and matters for guardrails.
    Intervals are of 95 %, with `low` and `high`. Null is what cannot be said.

    `trend`, of the primary goal: for each variant its `key` and `days`, each with `day` and
    the cumulative `visitors`, `conversions`, `conversion_rate`, `interval`.
    """
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


def _time(report: Report) -> dict[str, object]:
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


def _run(course: Course) -> dict[str, object]:
    return {
        "number": course.number,
        "opened_at": written(course.opened_at),
        "stopped_at": written(course.stopped_at),
    }


def _decision(report: Report) -> dict[str, object]:
    verdict = report.verdict
    return {
        "kind": verdict.kind,
        "sentence": verdict.sentence,
        "variant": verdict.side and verdict.side.key,
        "harms": verdict.harms,
        "is_final": report.is_final,
    }


def word(verdict: Verdict) -> str:
    """Return the contract's word: ship, hold, wait, invalid or draft."""
    word = _WORDS.get(verdict.kind, "wait")
    return "hold" if verdict.harms and word in {"ship", "wait"} else word


_WORDS = {
    Kind.NOT_STARTED: "draft",
    Kind.NEVER_STARTED: "draft",
    Kind.MISMATCH: "invalid",
    Kind.WINNER: "ship",
    Kind.ORIGINAL_WINS: "hold",
}


def _rows(goal: GoalResult, report: Report) -> Iterator[dict[str, object]]:
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
            "srmDetected": int(report.findings.is_mismatched),
            "isFinal": int(report.is_final),
        }


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else fraction * 100


def _variants(findings: Findings) -> list[dict[str, object]]:
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


def _goal(goal: GoalResult) -> dict[str, object]:
    return {
        "key": goal.target.key,
        "name": goal.target.name,
        "role": goal.target.role,
        "wanted": goal.target.wanted,
        "variants": [
            _variant(goal.control),
            *({**_variant(each), **_beside_control(each)} for each in goal.challengers),
        ],
    }


def _variant(result: VariantResult) -> dict[str, object]:
    return {
        "key": result.side.key,
        "conversions": result.arm.conversions,
        "conversion_rate": result.arm.rate,
        "total_value": result.total_value,
    }


def _beside_control(result: Challenger) -> dict[str, object]:
    comparison = result.comparison
    return {
        "improvement": comparison.improvement,
        "interval": _interval(comparison.interval),
        "p_value": comparison.p_value,
        "sequential_interval": _interval(comparison.sequential_interval),
        "sequential_p_value": comparison.sequential_p_value,
        "chance_to_beat_control": result.advantage.chance,
        "harm": result.harm,
    }


def _trend(trend: Trend) -> dict[str, object]:
    return {"key": trend.side.key, "days": [_point(point) for point in trend.points]}


def _point(point: Point) -> dict[str, object]:
    return {
        "day": point.day.isoformat(),
        "visitors": point.arm.visitors,
        "conversions": point.arm.conversions,
        "conversion_rate": point.arm.rate,
        "interval": _interval(point.interval),
    }


def _interval(interval: Interval | RateInterval | None) -> dict[str, float] | None:
    return {"low": interval.low, "high": interval.high} if interval else None
