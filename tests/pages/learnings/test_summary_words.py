"""How often experiments win, in words: a handful is told as a handful."""

from collections import Counter

from app.learnings.summary import Summary
from app.models import Conclusion
from app.pages.learnings.summary_words import Fact, facts

WON, LOST, UNFINISHED = Conclusion.WON, Conclusion.LOST, Conclusion.UNFINISHED
MINUS = "\N{MINUS SIGN}"


def told(summary: Summary) -> dict[str, str]:
    return {fact.name: f"{fact.value}; {fact.about}" for fact in facts(summary)}


def test_of_fewer_than_five_wins_each_is_told_and_what_is_not_known_is_said() -> None:
    summary = Summary(Counter({WON: 3, LOST: 2, UNFINISHED: 1, None: 4}), (-0.02, 0.25), 1)
    assert told(summary) == {
        "Won": "3 of 5; 2 lost, 0 inconclusive, not counted: 1 did not finish,"
        " not counted: 4 without an outcome",
        "By how much": f"{MINUS}2.0 %, +25.0 %; as measured; of 1 not known",
        "Surely better": "1 of 3 wins; all of their sure range is better than the original",
    }
    assert summary.is_few


def test_of_five_wins_the_one_in_the_middle_is_told_between_the_ends() -> None:
    summary = Summary(Counter({WON: 5, LOST: 15}), (0.01, 0.02, 0.1, 0.3, 0.9), 5)
    assert told(summary)["By how much"] == (
        "+10.0 % in the middle; from +1.0 % to +90.0 %, as measured"
    )
    assert not summary.is_few


def test_where_nothing_was_won_nothing_is_said_of_by_how_much() -> None:
    assert facts(Summary(Counter({LOST: 2}), (), 0)) == [
        Fact("Won", "0 of 2", "2 lost, 0 inconclusive")
    ]


def test_wins_of_which_nothing_was_measured_have_no_size() -> None:
    assert told(Summary(Counter({WON: 1}), (), 0))["By how much"] == (
        "Not known; of no win enough was measured"
    )
