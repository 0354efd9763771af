"""A result as the contract of names shows it: everything that the page shows, in fractions."""

from typing_extensions import TypedDict

from app.api.admin.results import goals, rows
from app.api.admin.results.goals import Day, GoalCounted, VariantTrend
from app.api.admin.results.rows import MeasuredExperiment, MetricRow, Word
from app.api.moments import Written, written
from app.models import Status
from app.results.findings import Findings
from app.results.period import Course
from app.results.report import Report
from app.results.verdict import VerdictKind


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

    kind: VerdictKind
    sentence: str
    variant: str | None
    """The key of the variant that it is about."""
    harms: list[str]
    """A sentence for each guardrail that suffered."""
    is_final: bool
    """Whether the run has ended, so that no visitor to come can make it another."""


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
    experiment: MeasuredExperiment
    verdict: Word
    """The contract's one word: what to do with the variant."""
    results: list[MetricRow]
    """A row for each goal and variant."""
    decision: Decision
    variants: list[RunVariant]
    sample_ratio: SampleRatio
    goals: list[GoalCounted]
    trend: list[VariantTrend]


def of(report: Report) -> Results:
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
        "verdict": rows.word(report.verdict),
        "results": [row for goal in findings.goals for row in rows.of(goal, report)],
        "decision": _decision(report),
        "variants": _variants(findings),
        "sample_ratio": {
            "p_value": findings.sample_ratio_p_value,
            "is_mismatched": findings.is_mismatched,
        },
        "goals": [goals.of(goal) for goal in findings.goals],
        "trend": [goals.trend(trend) for trend in report.trends],
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
