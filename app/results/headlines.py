"""A verdict in a word or two, and how it is coloured."""

from dataclasses import dataclass

from app.results.verdict import VerdictKind


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
