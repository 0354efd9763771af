"""How variants are set beside the control."""

from dataclasses import replace

from app.results.counts import Counts, DayCount
from app.results.findings import Challenger
from app.results.goal_results import goal_result
from app.results.reading import Side
from tests.results.found import DAY, TARGET, evidence


def first_of(*weights: int) -> Challenger:
    """The first variant beside the control, in a run with these shares."""
    sides = [Side(place, f"side-{place}", "", weight) for place, weight in enumerate(weights)]
    cells = [DayCount(DAY, place, goal, count, 0.0) for place in (0, 1) for goal, count in COUNTS]
    measured = replace(evidence(Counts(cells), 2, [TARGET]), sides=sides)
    return goal_result(TARGET, measured).challengers[0]


COUNTS = ((None, 1000), (1, 100))


def test_a_variant_of_no_share_is_no_comparison() -> None:
    alone, beside_none = first_of(5000, 5000), first_of(5000, 5000, 0)
    assert beside_none.comparison == alone.comparison
    assert first_of(4000, 3000, 3000).comparison != alone.comparison


def test_where_no_variant_has_a_share_they_are_shown_all_the_same() -> None:
    assert first_of(10_000, 0).comparison == first_of(5000, 5000).comparison
