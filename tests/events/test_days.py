"""Days: everything about a unit is counted on the day on which it was first exposed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import on_both_databases
from tests.events.recording import Run
from tests.serving.site import Site

pytestmark = on_both_databases

pytestmark = pytest.mark.usefixtures("audited")

MONDAY = datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(seconds=1)
ANN, BOB = "a" * 22, "b" * 22


@pytest.fixture
def run(site: Site) -> Run:
    """A run that has begun."""
    return Run(site)


def test_a_unit_is_counted_on_the_day_of_its_first_exposure_alone(run: Run) -> None:
    run.expose(MONDAY, ANN)
    run.expose(TUESDAY, ANN, BOB)
    assert run.visitors() == [("2026-03-02", 0, 1), ("2026-03-03", 0, 1)]


def test_a_conversion_is_counted_on_the_day_of_its_units_exposure(run: Run) -> None:
    run.expose(MONDAY, ANN)
    run.expose(TUESDAY, BOB)
    run.convert(TUESDAY, ANN, BOB, value=1.5)
    assert run.conversions() == [("2026-03-02", 0, 1, 1.5), ("2026-03-03", 0, 1, 1.5)]


def test_a_conversion_weeks_later_is_counted_on_the_day_of_the_exposure(run: Run) -> None:
    run.expose(MONDAY, ANN)
    run.convert(MONDAY + timedelta(weeks=5), ANN)
    assert run.conversions() == [("2026-03-02", 0, 1, 0.0)]


def test_a_unit_that_is_exposed_again_keeps_its_variant(run: Run) -> None:
    run.expose(MONDAY, ANN, position=1)
    run.expose(TUESDAY, ANN, position=0)
    run.convert(TUESDAY, ANN)
    assert run.visitors() == [("2026-03-02", 1, 1)]
    assert run.conversions() == [("2026-03-02", 1, 1, 0.0)]


def test_when_the_last_came_is_kept_with_each_days_count(run: Run) -> None:
    run.expose(MONDAY, ANN)
    run.expose(MONDAY + timedelta(seconds=0.5), BOB)
    run.convert(TUESDAY, ANN)
    visitors = run.rows("SELECT last_at FROM daily_visitors")[0].last_at
    conversions = run.rows("SELECT last_at FROM daily_conversions")[0].last_at
    assert str(visitors).startswith("2026-03-02 23:59:59.5")
    assert str(conversions).startswith("2026-03-03 00:00:00")


def test_what_comes_again_leaves_the_moment_of_the_last_alone(run: Run) -> None:
    run.expose(MONDAY, ANN)
    before = run.rows("SELECT * FROM daily_visitors")
    run.expose(TUESDAY, ANN)
    assert run.rows("SELECT * FROM daily_visitors") == before


def test_nothing_to_record_is_nothing_recorded(run: Run) -> None:
    run.expose(MONDAY)
    run.convert(MONDAY)
    assert (run.visitors(), run.conversions()) == ([], [])
