"""How often experiments win, and by how much, in words that claim no more than was counted."""

from dataclasses import dataclass

from app.learnings.summary import DECIDED, Summary
from app.models import Conclusion
from app.pages.common.words.labels import CONCLUSIONS
from app.pages.common.words.phrases import counted
from app.results.words import figures


@dataclass(frozen=True)
class Fact:
    """Something that was counted: its name, the number, and what belongs to it."""

    name: str
    value: str
    about: str


def facts(summary: Summary) -> list[Fact]:
    """Return how often experiments won, by how much, and of how many that is sure."""
    won = Fact("Won", f"{summary.wins} of {summary.decided}", _others(summary))
    if not summary.wins:
        return [won]
    sure = f"{summary.sure_wins} of {counted(summary.wins, 'win')}"
    return [
        won,
        Fact("By how much", *_gains(summary)),
        Fact("Surely better", sure, "all of their sure range is better than the original"),
    ]


def _others(summary: Summary) -> str:
    """Return how the others ended, and what is counted neither way."""
    told = [
        f"{summary.outcomes[each]} {CONCLUSIONS[each].lower()}"
        for each in DECIDED
        if each is not Conclusion.WON
    ]
    left_out = {
        "did not finish": summary.outcomes[Conclusion.UNFINISHED],
        "without an outcome": summary.outcomes[None],
    }
    told += [f"not counted: {number} {words}" for words, number in left_out.items() if number]
    return ", ".join(told)


def _gains(summary: Summary) -> tuple[str, str]:
    """Return what was measured of the wins: the middle of five or more, and of fewer each."""
    gains, median = summary.gains, summary.median_gain
    if not gains:
        return "Not known", "of no win enough was measured"
    if median is None:
        return ", ".join(map(figures.change, gains)), f"as measured{_unknown(summary)}"
    middle = f"{figures.change(median)} in the middle"
    ends = f"from {figures.change(gains[0])} to {figures.change(gains[-1])}"
    return middle, f"{ends}, as measured{_unknown(summary)}"


def _unknown(summary: Summary) -> str:
    missing = summary.wins - len(summary.gains)
    return f"; of {missing} not known" if missing else ""
