"""A result as the contract of names shows it: everything that the page shows, in fractions."""

from app.api.moments import written
from app.results.comparison import Interval
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.period import Course
from app.results.report import Report
from app.results.trend import Point, RateInterval, Trend


def document(report: Report) -> dict[str, object]:
    """Return the answer. All rates, improvements and chances are fractions: 0.25 is 25 %.

    `id`, `key`, `name`, `status` of the experiment; `runs` that have opened, each with `number`,
    `opened_at`, `stopped_at` (null while it runs); `run`, the number of the one shown, and
    `start_date`, `end_date` (days of UTC, both included), null where none has opened.

    `days_running` and `pauses` (`began_at`, `ended_at`, null while it lasts); `minimum_days`,
    `minimum_visitors` of each variant; `verdict` with its `kind`, its `sentence`, the key of the
    `variant` that it is about or null, and `harms`, a sentence for each guardrail that suffered.

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
        "verdict": _verdict(report),
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


def _verdict(report: Report) -> dict[str, object]:
    verdict = report.verdict
    return {
        "kind": verdict.kind,
        "sentence": verdict.sentence,
        "variant": verdict.side and verdict.side.key,
        "harms": verdict.harms,
    }


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
