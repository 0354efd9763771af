"""A result as the contract of names shows it: everything that the page shows, in fractions."""

from typing_extensions import TypedDict

from app.api.admin.results import excluded, goals, rows
from app.api.admin.results.excluded import ExclusionShown, UnusualDayShown
from app.api.admin.results.goals import Day, GoalCounted, VariantTrend
from app.api.admin.results.rows import MeasuredExperiment, MetricRow, Word
from app.api.moments import Written, written
from app.core.validation import percents
from app.models import Status
from app.results.days.period import Course
from app.results.days.ramp import Stretch
from app.results.findings import Findings
from app.results.report import Report
from app.results.verdict import VerdictKind


class OpenedRun(TypedDict):
    """A run that has opened."""

    number: int
    """Its number, which `run` asks for."""
    opened_at: Written
    """When it began."""
    time_zone: str
    """By whose clock its days begin."""
    stopped_at: Written | None
    """Null while it runs."""


class Pause(TypedDict):
    """A pause of the run that is shown."""

    began_at: Written
    """When it began."""
    ended_at: Written | None
    """Null while it lasts."""


class Decision(TypedDict):
    """What to do about the run, and why."""

    kind: VerdictKind
    """What came of it."""
    sentence: str
    """The same in a sentence."""
    variant: str | None
    """The key of the variant that it is about."""
    is_borne_out: bool
    """False where what was called once is not sure any more."""
    harms: list[str]
    """A sentence for each guardrail that suffered."""
    is_final: bool
    """Whether the run has ended, so that no visitor to come can make it another."""


class RunVariant(TypedDict):
    """A variant of the run."""

    key: str
    """Its key."""
    name: str
    """Its name."""
    is_control: bool
    """Whether it is the original."""
    weight: int
    """Of 10,000."""
    visitors: int
    """How many have seen it."""


class SampleRatio(TypedDict):
    """Whether the visitors are split as they should be."""

    p_value: float | None
    """Of the test of that, which holds at all looks at once; null without visitors."""
    is_mismatched: bool
    """Whether they are not, so that no result can be trusted."""


class TrafficShare(TypedDict):
    """How much of its audience took part, from one moment to another."""

    traffic_allocation: float
    """How many, in percent."""
    since: Written
    """From when on."""
    until: Written | None
    """Until when; null of the last one."""


class _Time(TypedDict):
    runs: list[OpenedRun]
    """All runs that have opened."""
    run: int | None
    """The number of the run that is shown; null where none has opened."""
    start_date: Day | None
    """The first of the days that are shown; null where none are."""
    end_date: Day | None
    """The last of the days that are shown; null where none are."""
    days_running: int
    """For how many whole days it has run, without pauses."""
    pauses: list[Pause]
    """The pauses of the run."""
    traffic: list[TrafficShare]
    """How much of its audience took part: one entry, and another for each time that rose."""
    exclusions: list[ExclusionShown]
    """Days of it that all of this leaves out."""
    unusual_days: list[UnusualDayShown]
    """Days of it with so many visitors that somebody has to look whether they are people."""


class Results(_Time):
    """What came of a run.

    All rates, improvements and chances are fractions, 0.25 is 25 %, unless they are said to be in
    percent. Null is what cannot be said. `run` is the number of the one that is shown, with its
    days, both included.
    """

    id: str
    """The experiment's `exp_` id."""
    key: str
    """The experiment's key."""
    name: str
    """The experiment's name."""
    status: Status
    """The status that the experiment has now."""
    minimum_days: int
    """For how many days it is to run at least."""
    minimum_visitors: int
    """Of each variant."""
    experiment: MeasuredExperiment
    """The experiment."""
    verdict: Word
    """The contract's one word: what to do with the variant."""
    results: list[MetricRow]
    """A row for each goal and variant."""
    decision: Decision
    """What to do, and why."""
    variants: list[RunVariant]
    """The variants, the control first."""
    sample_ratio: SampleRatio
    """Whether the visitors are split as they should be."""
    goals: list[GoalCounted]
    """What came of each goal."""
    trend: list[VariantTrend]
    """The primary goal, day by day."""


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
        "traffic": [_traffic(each) for each in report.traffic],
        "exclusions": [excluded.shown(each) for each in report.exclusions],
        "unusual_days": [excluded.unusual(each) for each in report.unusual_days],
    }


def _traffic(stretch: Stretch) -> TrafficShare:
    return {
        "traffic_allocation": percents(stretch.traffic_allocation),
        "since": written(stretch.since),
        "until": written(stretch.until),
    }


def _run(course: Course) -> OpenedRun:
    return {
        "number": course.number,
        "opened_at": written(course.opened_at),
        "time_zone": course.time_zone,
        "stopped_at": written(course.stopped_at),
    }


def _decision(report: Report) -> Decision:
    verdict = report.verdict
    return {
        "kind": verdict.kind,
        "sentence": verdict.sentence,
        "variant": verdict.side and verdict.side.key,
        "is_borne_out": verdict.is_borne_out,
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
