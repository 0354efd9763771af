"""A verdict in a word or two, and how it is coloured."""

from dataclasses import dataclass

from app.results.verdict import Kind


@dataclass(frozen=True)
class Headline:
    """A verdict in a word or two; `tone` names its colours and its icon."""

    word: str
    tone: str


HEADLINES = {
    Kind.NOT_STARTED: Headline("Not started", "nothing"),
    Kind.MISMATCH: Headline("Broken split", "broken"),
    Kind.NO_PRIMARY_GOAL: Headline("No primary goal", "waiting"),
    Kind.NO_COMPARISON: Headline("Nothing to compare", "waiting"),
    Kind.NO_VISITORS: Headline("No visitors", "nothing"),
    Kind.NEVER_STARTED: Headline("Never started", "nothing"),
    Kind.PART_OF_RUN: Headline("Some days only", "open"),
    Kind.HELD_BACK: Headline("Too early", "waiting"),
    Kind.TOO_FEW_CONVERSIONS: Headline("Too few conversions", "waiting"),
    Kind.WINNER: Headline("Winner", "winner"),
    Kind.ORIGINAL_WINS: Headline("The original wins", "original"),
    Kind.UNDECIDED: Headline("Undecided", "open"),
}
