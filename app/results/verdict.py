"""The verdict on a run: of which kind it is, whom it names, and in which words."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.models import CallKind, GoalRole
from app.results.findings import Challenger, Findings, GoalResult, Harm
from app.results.reading import Called, Side
from app.results.statistics.planning import WORTH_FINDING
from app.results.words import sentences


class VerdictKind(StrEnum):
    """The kind of a verdict; stable, for programs."""

    NOT_STARTED = "not_started"
    NEVER_STARTED = "never_started"
    MISMATCH = "sample_ratio_mismatch"
    NO_PRIMARY_GOAL = "no_primary_goal"
    NO_COMPARISON = "no_comparison"
    NO_VISITORS = "no_visitors"
    PART_OF_RUN = "part_of_run"
    HELD_BACK = "held_back"
    NO_REVENUE = "no_revenue"
    TOO_FEW_CONVERSIONS = "too_few_conversions"
    WINNER = "winner"
    ORIGINAL_WINS = "original_wins"
    NO_DIFFERENCE = "no_difference"
    UNDECIDED = "undecided"


_CALLS = {
    VerdictKind.WINNER: CallKind.WINNER,
    VerdictKind.ORIGINAL_WINS: CallKind.ORIGINAL_WINS,
}
_ASKS_FOR_SOMEBODY = frozenset(
    {
        VerdictKind.WINNER,
        VerdictKind.ORIGINAL_WINS,
        VerdictKind.NO_DIFFERENCE,
        VerdictKind.MISMATCH,
    }
)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a run: `sentence` says it, `side` is the variant that it is about.

    `harms` says of each guardrail that suffered by which variant; they stand whatever the kind, and
    however early: what does harm is not waited for. It `is_borne_out` unless it stands because it
    was called once, and what has come since no longer makes it sure.
    """

    kind: VerdictKind
    sentence: str
    side: Side | None = None
    harms: tuple[str, ...] = ()
    is_borne_out: bool = True

    @property
    def needs_attention(self) -> bool:
        """Return whether somebody should look.

        It is conclusive, not to be trusted, or does harm.
        """
        return bool(self.harms) or self.kind in _ASKS_FOR_SOMEBODY


def of(findings: Findings) -> Verdict:
    """Return the verdict on what was found."""
    if not findings.has_started and findings.is_over:
        return Verdict(VerdictKind.NEVER_STARTED, sentences.never_started())
    if not findings.has_started:
        return Verdict(VerdictKind.NOT_STARTED, sentences.not_started(findings))
    verdict = _of_started(findings)
    ended = "" if verdict.kind in _CALLS else sentences.called_before(findings)
    told = f"{verdict.sentence}{ended}{sentences.excluded(findings)}"
    return replace(verdict, sentence=told)


def _of_started(findings: Findings) -> Verdict:
    if findings.is_mismatched:
        return Verdict(VerdictKind.MISMATCH, sentences.mismatch(findings))
    if not findings.primary:
        verdict = Verdict(VerdictKind.NO_PRIMARY_GOAL, sentences.no_primary_goal(findings))
    elif not findings.compares:
        verdict = Verdict(VerdictKind.NO_COMPARISON, sentences.no_comparison(findings))
    elif not findings.total_visitors:
        verdict = Verdict(VerdictKind.NO_VISITORS, sentences.no_visitors(findings))
    else:
        verdict = _judged(findings, findings.primary)
    return replace(verdict, harms=_harms(findings))


def call(verdict: Verdict, moment: datetime) -> Called | None:
    """Return what a verdict calls at a moment."""
    kind = _CALLS.get(verdict.kind)
    return Called(kind, verdict.side.position, moment, None) if kind and verdict.side else None


def _judged(findings: Findings, goal: GoalResult) -> Verdict:
    """Return the verdict that the primary goal gives: what was called stands."""
    best = next(iter(goal.ranked), None)
    side = best.side if best else None
    if not findings.is_whole_run:
        return Verdict(VerdictKind.PART_OF_RUN, sentences.part_of_run(goal, best), side)
    called = _called(findings, goal)
    if called:
        return called
    if findings.is_held_back:
        return Verdict(VerdictKind.HELD_BACK, sentences.held_back(findings, goal, best), side)
    if best is None or best.advantage.surely is None:
        return _unsure(findings, goal, best)
    if goal.is_within(WORTH_FINDING):
        return Verdict(
            VerdictKind.NO_DIFFERENCE, sentences.no_difference(findings, goal, best), side
        )
    sentence = sentences.undecided(findings, goal, best)
    return Verdict(VerdictKind.UNDECIDED, sentence, side)


def _unsure(findings: Findings, goal: GoalResult, best: Challenger | None) -> Verdict:
    """Return the verdict where nothing sure can be said of the best variant."""
    side, without = best.side if best else None, goal.without_revenue
    if without:
        return Verdict(VerdictKind.NO_REVENUE, sentences.no_revenue(goal, without), side)
    sentence = sentences.too_few_conversions(findings, goal, best)
    return Verdict(VerdictKind.TOO_FEW_CONVERSIONS, sentence, side)


def _called(findings: Findings, goal: GoalResult) -> Verdict | None:
    """Return what an earlier look has called, or this one does."""
    call = findings.call_that_stands
    if call:
        variant = goal.challengers[call.position - 1]
        return _decided(VerdictKind(call.kind), findings, goal, variant)
    if findings.is_held_back:
        return None
    if goal.winner:
        return _decided(VerdictKind.WINNER, findings, goal, goal.winner)
    if goal.is_won_by_the_control:
        return _decided(VerdictKind.ORIGINAL_WINS, findings, goal, goal.ranked[0])
    return None


def _decided(
    kind: VerdictKind, findings: Findings, goal: GoalResult, variant: Challenger
) -> Verdict:
    is_winner = kind is VerdictKind.WINNER
    is_sure = variant.advantage.is_surely_better if is_winner else goal.is_won_by_the_control
    if not is_sure:
        sentence = sentences.not_sure_any_more(goal, variant, is_winner=is_winner)
    else:
        words = sentences.winner if is_winner else sentences.original_wins
        sentence = words(goal, variant)
    told = f"{sentence}{sentences.called(findings)}"
    return Verdict(kind, told, variant.side, is_borne_out=is_sure)


def _harms(findings: Findings) -> tuple[str, ...]:
    if not findings.is_whole_run:
        return ()
    return tuple(
        sentences.harm(goal, variant)
        for goal in findings.of_role(GoalRole.GUARDRAIL)
        for variant in goal.challengers
        if variant.harm is Harm.HARMED
    )
