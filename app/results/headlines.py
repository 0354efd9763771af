"""A verdict in a word or two, and how it is coloured."""

from dataclasses import dataclass

from app.results.verdict import Verdict, VerdictKind


@dataclass(frozen=True)
class Headline:
    """A verdict in a word or two; `tone` names its colours and its icon."""

    word: str
    tone: str


HEADLINES = {
    VerdictKind.NOT_STARTED: Headline("Not started", "nothing"),
    VerdictKind.MISMATCH: Headline("Broken split", "broken"),
    VerdictKind.NO_PRIMARY_GOAL: Headline("No primary goal", "waiting"),
    VerdictKind.NO_COMPARISON: Headline("Nothing to compare", "waiting"),
    VerdictKind.NO_VISITORS: Headline("No visitors", "nothing"),
    VerdictKind.NEVER_STARTED: Headline("Never started", "nothing"),
    VerdictKind.PART_OF_RUN: Headline("Some days only", "open"),
    VerdictKind.HELD_BACK: Headline("Too early", "waiting"),
    VerdictKind.NO_REVENUE: Headline("No revenue to compare", "waiting"),
    VerdictKind.TOO_FEW_CONVERSIONS: Headline("Too few conversions", "waiting"),
    VerdictKind.WINNER: Headline("Winner", "winner"),
    VerdictKind.ORIGINAL_WINS: Headline("The original wins", "original"),
    VerdictKind.NO_DIFFERENCE: Headline("No difference worth the wait", "original"),
    VerdictKind.UNDECIDED: Headline("Undecided", "open"),
}

_NO_LONGER_SURE = {
    VerdictKind.WINNER: Headline("Called a winner, no longer sure", "open"),
    VerdictKind.ORIGINAL_WINS: Headline("Called for the original, no longer sure", "open"),
}
HARMED = Headline("A guardrail suffers", "broken")


def of(verdict: Verdict) -> Headline:
    """Return the headline of a verdict on its result page, which tells of harm beside it."""
    return HEADLINES[verdict.kind] if verdict.is_borne_out else _NO_LONGER_SURE[verdict.kind]


def alone(verdict: Verdict) -> Headline:
    """Return the headline of a verdict where nothing stands beside it: harm comes first."""
    return HARMED if verdict.harms else of(verdict)


def kept(kind: str | None, tone: str | None) -> Headline | None:
    """Return a headline by the kind of its verdict and by its tone, as a standing keeps them.

    None where no kind is known, or by a later version alone.
    """
    if kind not in set(VerdictKind):
        return None
    usual, unsure = HEADLINES[VerdictKind(kind)], _NO_LONGER_SURE.get(VerdictKind(kind))
    possible = (usual, *([unsure] if unsure else []), HARMED)
    return next((each for each in possible if each.tone == tone), usual)
