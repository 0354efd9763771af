"""What is found of goals that sum up, and of those with a window: from counts to words."""

from datetime import timedelta

import pytest

from app.experiments import lookup
from app.experiments.designs import Design, GoalUse
from app.models import GoalKind, GoalRole, Status, now
from app.results import past, report
from app.results.days.period import DayRange
from app.results.findings import Harm
from app.results.report import Report
from app.results.verdict import VerdictKind
from app.tenancy import projects
from tests.conftest import on_both_databases
from tests.means import CAP, Spent, earning, evenly, goal, spend
from tests.measured import Measured, noon, started
from tests.world import COMMAND_LINE, World


def reported(measured: Measured) -> Report:
    with measured.world.app.app_context():
        return report.of(lookup.subject(measured.world.reload(measured.experiment)))


@on_both_databases
def test_a_variant_that_earns_more_wins_and_the_look_keeps_its_sums(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 10, evenly(2_000, 400, 50.0))
    spend(measured, goal_id, 1, 10, evenly(2_000, 560, 50.0))
    measured.look()
    found = reported(measured)
    assert found.verdict.kind is VerdictKind.WINNER
    assert "Treatment wins: it earns at least " in found.verdict.sentence
    assert "more a visitor, each with 95 % certainty (measured: ahead by 40 % a visitor" in (
        found.verdict.sentence
    )
    (look,) = world.execute("SELECT * FROM look")
    assert (look.control_measured, look.measured) == pytest.approx((20_000, 28_000))
    assert look.control_squares > 0
    assert look.squares > 0


def test_less_spent_by_as_many_buyers_loses(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 10, evenly(4_000, 900, 90.0))
    spend(measured, goal_id, 1, 10, evenly(4_000, 900, 50.0))
    measured.look()
    found = reported(measured)
    assert found.verdict.kind is VerdictKind.ORIGINAL_WINS
    assert "Treatment earns at least " in found.verdict.sentence


def test_one_huge_order_decides_nothing(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    usual = evenly(2_000, 200, 50.0)
    spend(measured, goal_id, 0, 10, usual)
    spend(measured, goal_id, 1, 10, Spent(2_000, [*usual.each, 40_000.0]))
    found = reported(measured)
    assert found.verdict.kind is VerdictKind.UNDECIDED
    goal = found.findings.goals[0]
    assert goal.left_by_cap(goal.challengers[0]) == pytest.approx(39_500)


def test_of_what_sums_up_to_nothing_no_percent_is_told(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 10, Spent(1_000, [10.0, -10.0] * 60))
    spend(measured, goal_id, 1, 10, evenly(1_000, 120, 20.0))
    found = reported(measured)
    assert found.verdict.kind is VerdictKind.NO_REVENUE
    assert found.verdict.sentence.startswith(
        "What counts of “Revenue” is not above nothing for Control, so nothing can be said"
    )
    assert found.findings.goals[0].challengers[0].harm is Harm.NO_REVENUE
    with world.app.app_context():
        days = report.of(found.experiment, days=DayRange(noon(10).date()))
    assert days.verdict.sentence == (
        "These days alone decide nothing. On them what counts of “Revenue” is not above nothing "
        "for Control."
    )


def test_a_guardrail_of_which_refunds_leave_nothing_is_harmed(world: World) -> None:
    project = world.project()
    goal_id = goal(world, project)
    goals = (GoalUse("purchase", GoalRole.PRIMARY), GoalUse("revenue", GoalRole.GUARDRAIL, cap=CAP))
    measured = started(world, project, Design(goals=goals))
    spend(measured, goal_id, 0, 10, evenly(3_000, 400, 50.0))
    spend(measured, goal_id, 1, 10, Spent(3_000, [20.0, -21.0] * 150))
    assert reported(measured).verdict.harms == (
        "Treatment harms “Revenue” a visitor: 3,000 visitors of Treatment count for "
        "\N{MINUS SIGN}150.00 in all, 3,000 visitors of Control count for 20,000.00 in all.",
    )


def test_a_loss_is_no_lack_of_conversions_however_uneven_those_are(world: World) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 10, evenly(1_000, 120, 20.0))
    spend(measured, goal_id, 1, 10, Spent(1_000, [-10.0] * 400))
    found = reported(measured)
    assert found.verdict.kind is VerdictKind.NO_REVENUE
    assert "not above nothing for Treatment" in found.verdict.sentence


def test_whose_window_is_not_over_is_left_out_and_counted_beside_it(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=7, days=30)
    for position in (0, 1):
        spend(measured, goal_id, position, 20, evenly(700, 120, 50.0))
        spend(measured, goal_id, position, 3, evenly(100, 60, 50.0))
    goal = reported(measured).findings.goals[0]
    assert [each.arm.visitors for each in goal.variants] == [700, 700]
    assert (goal.visitors, goal.left_out.inside, goal.left_out.cut) == (1_400, 200, 0)
    assert goal.left_out.until == now().date() + timedelta(days=5)


def test_only_who_counts_is_one_of_the_visitors_that_the_verdict_waits_for(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=7, days=30)
    for position, spent in ((0, 50.0), (1, 90.0)):
        spend(measured, goal_id, position, 20, evenly(400, 120, spent))
        spend(measured, goal_id, position, 3, evenly(300, 60, spent))
    verdict = reported(measured).verdict
    assert verdict.kind is VerdictKind.HELD_BACK
    assert verdict.sentence.startswith(
        "Wait: 400 of at least 500 visitors who have had their 7 days for Control. So far"
    )


def test_until_the_first_window_is_over_the_verdict_is_held_back_and_says_until_when(
    world: World,
) -> None:
    measured, goal_id = earning(world, world.project(), window=14, days=10)
    for position in (0, 1):
        spend(measured, goal_id, position, 9, evenly(700, 200 + 200 * position, 50.0))
    verdict = reported(measured).verdict
    assert verdict.kind is VerdictKind.HELD_BACK
    until = now().date() + timedelta(days=6)
    assert verdict.sentence == (
        f"Wait: the first visitors will have had their 14 days for “Revenue” on {until:%-d %B %Y}."
    )


def test_who_was_cut_short_by_a_pause_never_counts(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=7, days=30)
    measured.turn(Status.STOPPED, now() - timedelta(days=15))
    measured.turn(Status.RUNNING, now() - timedelta(days=14))
    for position in (0, 1):
        spend(measured, goal_id, position, 25, evenly(600, 120, 50.0))
        spend(measured, goal_id, position, 20, evenly(90, 20, 50.0))
    found = reported(measured)
    assert (found.findings.goals[0].left_out.cut, found.findings.total_visitors) == (180, 1_380)


def test_after_a_pause_that_cut_all_short_a_live_one_says_so(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=14, days=10)
    for position in (0, 1):
        spend(measured, goal_id, position, 9, evenly(700, 200, 50.0))
    measured.turn(Status.STOPPED, now() - timedelta(days=2))
    measured.turn(Status.RUNNING, now() - timedelta(days=1))
    sentence = reported(measured).verdict.sentence
    assert sentence == ("Wait: a pause cut short the 14 days for “Revenue” of all who have come.")


def test_a_pause_that_is_taken_back_at_once_cuts_nobody_short(world: World) -> None:
    measured, goal_id = earning(world, world.project(), window=7, days=30)
    for position in (0, 1):
        spend(measured, goal_id, position, 20, evenly(600, 120, 50.0))
    paused = now() - timedelta(days=15)
    measured.turn(Status.STOPPED, paused)
    measured.turn(Status.RUNNING, paused + timedelta(seconds=50))
    assert reported(measured).findings.goals[0].left_out.cut == 0


def test_a_goal_that_counts_says_how_often(world: World) -> None:
    measured, goal_id = earning(world, world.project(), GoalKind.COUNT)
    spend(measured, goal_id, 0, 10, evenly(2_000, 400, 2.0))
    spend(measured, goal_id, 1, 10, evenly(2_000, 600, 2.0))
    measured.look()
    assert "more of “Revenue” a visitor" in reported(measured).verdict.sentence


@on_both_databases
@pytest.mark.parametrize("spent", [[], [0.0] * 9, [-20.0] * 9, [7.0] * 9, [1e-200] * 9], ids=str)
def test_a_result_is_shown_whatever_was_spent(world: World, spent: list[float]) -> None:
    """Nothing yet, nothing worth, refunds alone, all the same, and what is too small to square."""
    measured, goal_id = earning(world, world.project())
    for position in (0, 1):
        if spent:
            spend(measured, goal_id, position, 3, Spent(9, spent))
        else:
            measured.come(position, 9, noon(3))
    browser = world.browser(world.member(measured.project))
    assert browser.get(measured.page).status_code == 200
    assert browser.get(f"{measured.page.removesuffix('/result')}").status_code == 200
    with world.app.app_context():
        assert past.of(measured.project.id, "revenue").spread is None


def test_what_a_project_has_seen_ends_with_its_own_yesterday(world: World) -> None:
    project = world.project()
    zone = "Pacific/Kiritimati" if now().hour >= 10 else "Pacific/Pago_Pago"
    with world.app.app_context():
        projects.set_time_zone(project.id, zone, COMMAND_LINE)
    measured, goal_id = earning(world, project)
    today = -1 if zone == "Pacific/Kiritimati" else 1
    for days_ago, visitors in ((today, 5), (today + 1, 70)):
        for position in (0, 1):
            spend(measured, goal_id, position, days_ago, Spent(visitors, [1.0]))
    with world.app.app_context():
        assert past.of(project.id, "revenue").daily == 140
