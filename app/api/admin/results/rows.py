"""A result as the contract's own clients know it: one word, and a row for each goal and variant."""

from collections.abc import Iterator
from typing import Literal

from typing_extensions import TypedDict

from app.models import Status
from app.results.findings import Challenger, GoalResult
from app.results.report import Report
from app.results.verdict import Verdict, VerdictKind

Word = Literal["ship", "hold", "wait", "invalid", "draft"]


class MeasuredExperiment(TypedDict):
    """The experiment, as the contract's clients know it."""

    id: str
    """The experiment's `exp_` id."""
    name: str
    """Its name."""
    status: Status
    """The status that it has now."""


class MetricRow(TypedDict):
    """A variant at a goal, as the contract's clients know it."""

    metric: str
    """The key of the goal."""
    groupName: str
    """The key of the variant."""
    n: int
    """Its visitors who count."""
    mean: float | None
    """The share of them who converted, or what each of them counts for on average."""
    delta: float | None
    """The difference of the means."""
    deltaPct: float | None
    """The improvement, in percent."""
    ci95Low: float | None
    """Of its sequential interval, in percent."""
    ci95High: float | None
    """Of its sequential interval, in percent."""
    pValue: float | None
    """Of the sequential test."""
    srmPValue: float | None
    """Of the test that the visitors are split as they should be."""
    srmDetected: Literal[0, 1]
    """1 where they are not."""
    isFinal: Literal[0, 1]
    """1 once the run is over for good."""


def word(verdict: Verdict) -> Word:
    """Return the contract's word: ship, hold, wait, invalid or draft."""
    word = _WORDS.get(verdict.kind, "wait") if verdict.is_borne_out else "wait"
    return "hold" if verdict.harms and word in {"ship", "wait"} else word


_WORDS: dict[VerdictKind, Word] = {
    VerdictKind.NOT_STARTED: "draft",
    VerdictKind.NEVER_STARTED: "draft",
    VerdictKind.MISMATCH: "invalid",
    VerdictKind.WINNER: "ship",
    VerdictKind.ORIGINAL_WINS: "hold",
    VerdictKind.NO_DIFFERENCE: "hold",
}


def of(goal: GoalResult, report: Report) -> Iterator[MetricRow]:
    """Return the rows of a goal, the control first."""
    for result in goal.variants:
        comparison = result.comparison if isinstance(result, Challenger) else None
        interval = comparison and comparison.sequential_interval
        control = goal.control.arm.mean
        is_compared = comparison is not None and None not in (result.arm.mean, control)
        yield {
            "metric": goal.target.key,
            "groupName": result.side.key,
            "n": result.arm.visitors,
            "mean": result.arm.mean,
            "delta": (result.arm.mean or 0) - (control or 0) if is_compared else None,
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
