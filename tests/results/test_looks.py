"""Looks that are kept: what was called stays called, however it goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from app.database.transactions import writing
from app.experiments import lookup
from app.models import Status, now
from app.results import looks, report
from app.results.report import Report
from app.results.verdict import VerdictKind
from tests.conftest import on_both_databases
from tests.measured import Measured, noon, started
from tests.world import World

DAY = timedelta(days=1)


@pytest.fixture
def measured(world: World) -> Measured:
    """A live experiment of two equal halves, for long enough."""
    return started(world, world.project())


def visited(measured: Measured, control: int, treatment: int) -> None:
    """A thousand more visitors come to each variant, and so many of them buy."""
    measured.come(0, 1000, noon(3), purchase=control)
    measured.come(1, 1000, noon(3), purchase=treatment)


def win(measured: Measured) -> None:
    visited(measured, 100, 200)


def melt(measured: Measured) -> None:
    visited(measured, 900, 700)


def reported(measured: Measured) -> Report:
    """The result as any page shows it."""
    with measured.world.app.app_context():
        return report.of(lookup.subject(measured.world.reload(measured.experiment)))


def kind(measured: Measured) -> VerdictKind:
    return reported(measured).verdict.kind


def kept(world: World) -> int:
    return len(world.execute("SELECT DISTINCT at FROM look"))


@on_both_databases
def test_what_was_called_stays_called_with_its_day_when_the_difference_melts(
    measured: Measured,
) -> None:
    win(measured)
    measured.look()
    melt(measured)
    measured.look(now() + DAY)
    verdict = reported(measured).verdict
    assert verdict.kind is VerdictKind.WINNER
    assert verdict.side
    assert verdict.side.name == "Treatment"
    assert verdict.sentence.endswith(f"Called on {now():%-d %B %Y}.")


def test_the_day_of_a_call_is_one_of_the_run(measured: Measured) -> None:
    measured.world.execute("UPDATE run SET time_zone = 'Pacific/Kiritimati'")
    win(measured)
    # At noon in UTC the next day is two hours old there.
    measured.look(noon(-1))
    sentence = reported(measured).verdict.sentence
    assert sentence.endswith(f"Called on {noon(-2):%-d %B %Y}.")


def test_what_a_look_has_ruled_out_later_looks_do_not_allow_again(measured: Measured) -> None:
    visited(measured, 150, 160)
    measured.look()
    (before,) = reported(measured).findings.goals[0].challengers
    visited(measured, 150, 100)
    (after,) = reported(measured).findings.goals[0].challengers
    assert before.comparison.sequential_interval
    assert after.comparison.sequential_interval
    assert after.comparison.sequential_interval.low == before.comparison.sequential_interval.low
    assert after.comparison.sequential_interval.high < before.comparison.sequential_interval.high


def test_what_is_measured_outside_of_what_is_sure_by_now_is_said_to_be(
    measured: Measured,
) -> None:
    visited(measured, 300, 500)
    measured.look()
    assert "often too high when a winner is called" in reported(measured).verdict.sentence
    visited(measured, 400, 400)
    sentence = reported(measured).verdict.sentence
    assert "Treatment wins: it is at least 41 % and at most 44 % better" in sentence
    assert "ahead by 29 %, by now outside of what earlier looks were sure of)" in sentence


def test_a_page_calls_nothing_that_no_kept_look_has_called(measured: Measured) -> None:
    win(measured)
    assert kind(measured) is VerdictKind.UNDECIDED
    assert "anything from no difference to 182 % better" in reported(measured).verdict.sentence
    measured.look()
    assert kind(measured) is VerdictKind.WINNER


@on_both_databases
def test_the_first_look_of_a_day_is_kept_and_each_that_is_sure_of_more(
    world: World, measured: Measured
) -> None:
    morning = datetime.combine(now().date() + DAY, datetime.min.time(), UTC)
    visited(measured, 150, 160)
    for hours, looks_kept in ((0, 1), (2, 1), (23, 1), (25, 2)):
        measured.look(morning + timedelta(hours=hours))
        assert kept(world) == looks_kept
    visited(measured, 100, 300)
    measured.look(morning + timedelta(hours=27))
    assert kept(world) == 3
    assert world.execute("SELECT kind, position FROM verdict_call") == [("winner", 1)]


def test_too_few_conversions_leave_no_look(world: World, measured: Measured) -> None:
    visited(measured, 10, 20)
    measured.look()
    assert kept(world) == 0


def test_a_broken_split_ends_what_was_called_and_says_so(measured: Measured) -> None:
    win(measured)
    measured.look()
    measured.come(1, 500, noon(2), purchase=50)
    measured.look(now() + DAY)
    broken = reported(measured).verdict
    assert broken.kind is VerdictKind.MISMATCH
    assert "Treatment was called the winner on" in broken.sentence
    measured.come(0, 500, noon(2), purchase=100)
    assert kind(measured) is VerdictKind.UNDECIDED


@on_both_databases
def test_two_that_look_at_once_call_once(world: World, measured: Measured) -> None:
    win(measured)
    with world.app.app_context():
        subject = lookup.subject(world.reload(measured.experiment))
        moments = [now(), now() + timedelta(seconds=1)]
        both = [report.look(subject, moment) for moment in moments]
        for each, moment in zip(both, moments, strict=True):
            with writing() as session:
                looks.keep(session, [each], moment)
    assert len(world.execute("SELECT 1 FROM verdict_call")) == 1


def test_what_was_called_of_a_pause_stands_when_it_is_live_again(measured: Measured) -> None:
    measured.look()
    win(measured)
    measured.turn(Status.STOPPED, now())
    measured.look()
    measured.turn(Status.RUNNING, now())
    melt(measured)
    assert kind(measured) is VerdictKind.WINNER


def test_what_is_paused_has_its_winner_without_a_kept_look(measured: Measured) -> None:
    win(measured)
    measured.turn(Status.STOPPED, now())
    assert kind(measured) is VerdictKind.WINNER
