"""The one sentence on top of a result: of which kind it is, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.models import CallKind, GoalRole, Status, Wanted
from app.results import verdict
from app.results.findings import Findings, Harm
from app.results.reading import Called, Side
from app.results.statistics.arms import Arm
from app.results.statistics.one_look import exact_tail
from app.results.verdict import VerdictKind
from app.results.words.sentences import STRIKING_P_VALUE, still_possible
from tests.conftest import rounds
from tests.results.found import findings, goal, sides

CALLED = Called(CallKind.WINNER, 1, datetime(2026, 3, 17, 9, tzinfo=UTC), None)
GOLDEN = findings(goal((1500, 120), (1480, 148)))
SURE = findings(goal((15_000, 1200), (14_800, 1480)))
COMPLAINTS = {"role": GoalRole.GUARDRAIL, "wanted": Wanted.LESS, "name": "Complaints"}


def told(found: Findings) -> tuple[VerdictKind, str]:
    given = verdict.of(found)
    return given.kind, given.sentence


def test_before_the_minimum_of_days_it_says_who_is_ahead_and_to_wait() -> None:
    assert told(replace(GOLDEN, time_running=timedelta(days=4))) == (
        VerdictKind.HELD_BACK,
        "Wait: 4 of at least 7 days. So far anything from 13 % worse to 79 % better is possible "
        "for Treatment; measured: ahead by 25 %.",
    )


def test_before_the_minimum_of_visitors_it_names_the_variant_that_has_the_fewest() -> None:
    kind, sentence = told(replace(GOLDEN, minimum_visitors=2000))
    assert kind is VerdictKind.HELD_BACK
    assert sentence.startswith("Wait: 1,480 of at least 2,000 visitors for Treatment. So far")


def test_what_is_held_back_by_both_minimums_says_both() -> None:
    _, sentence = told(
        replace(GOLDEN, time_running=timedelta(days=1), minimum_days=2, minimum_visitors=1490)
    )
    assert sentence.startswith(
        "Wait: 1 of at least 2 days and 1,480 of at least 1,490 visitors for Treatment. So far"
    )


def test_with_the_minimums_reached_nothing_is_held_back() -> None:
    reached = replace(GOLDEN, time_running=timedelta(days=7), minimum_visitors=1480)
    assert verdict.of(reached).kind is VerdictKind.UNDECIDED


def test_a_sure_winner_is_held_back_like_any_other() -> None:
    assert verdict.of(replace(SURE, time_running=timedelta(days=6))).kind is VerdictKind.HELD_BACK


def test_what_is_archived_unstarted_does_not_ask_to_wait() -> None:
    kind, sentence = told(replace(GOLDEN, has_started=False, status=Status.ARCHIVED))
    assert (kind, "there will be none" in sentence) == (VerdictKind.NEVER_STARTED, True)


def test_on_days_that_somebody_picked_nothing_is_decided_and_nobody_is_blamed() -> None:
    harmed = goal((5000, 500), (5000, 350), role=GoalRole.GUARDRAIL)
    whole = replace(SURE, goals=(*SURE.goals, harmed))
    assert (verdict.of(whole).kind, len(verdict.of(whole).harms)) == (VerdictKind.WINNER, 1)
    some_days = verdict.of(replace(whole, is_whole_run=False))
    assert (some_days.kind, some_days.harms) == (VerdictKind.PART_OF_RUN, ())


def test_the_more_guardrails_there_are_the_surer_the_harm_to_one_has_to_be() -> None:
    alone, among = (
        goal((5000, 500), (5000, 405), role=GoalRole.GUARDRAIL, alike=alike) for alike in (1, 20)
    )
    assert [each.challengers[0].harm for each in (alone, among)] == [Harm.HARMED, Harm.POSSIBLE]
    as_secondary = goal((5000, 500), (5000, 405), role=GoalRole.SECONDARY, alike=20)
    assert as_secondary.challengers[0].comparison == alone.challengers[0].comparison


def test_a_variant_that_gets_no_visitors_by_design_holds_nothing_back() -> None:
    control, treatment = GOLDEN.sides
    sides = (control, treatment, treatment._replace(position=2, weight=0))
    found = replace(
        findings(goal((1500, 120), (1480, 148), (0, 0))), sides=sides, minimum_visitors=1000
    )
    assert verdict.of(found).kind is VerdictKind.UNDECIDED


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({"is_running": False}, "Too early to decide: 4 of at least 7 days. So far anything"),
        (
            {"is_whole_run": False},
            "These days alone decide nothing. On them Treatment is ahead by 25 %.",
        ),
    ],
    ids=["stopped", "some days"],
)
def test_nobody_is_told_to_wait_where_waiting_does_not_help(
    changes: dict[str, bool], beginning: str
) -> None:
    _, sentence = told(replace(GOLDEN, time_running=timedelta(days=4), **changes))
    assert sentence.startswith(beginning)


def test_an_undecided_run_tells_what_is_still_possible_and_to_go_on() -> None:
    assert told(GOLDEN) == (
        VerdictKind.UNDECIDED,
        "So far anything from 13 % worse to 79 % better is possible for Treatment; "
        "measured: ahead by 25 %. At 213 visitors a day, a difference of 25 % most likely shows "
        "within 37 more days.",
    )


def test_visitors_a_day_are_told_by_the_hours_that_it_ran() -> None:
    found = replace(GOLDEN, time_running=timedelta(hours=47), minimum_days=1)
    assert "At 1,522 visitors a day, " in told(found)[1]


def test_a_stopped_run_does_not_ask_to_go_on() -> None:
    assert told(replace(GOLDEN, is_running=False))[1].endswith("measured: ahead by 25 %.")


def test_equal_rates_are_level() -> None:
    kind, sentence = told(findings(goal((1000, 100), (1000, 100))))
    assert kind is VerdictKind.UNDECIDED
    assert sentence == (
        "So far anything from 35 % worse to 53 % better is possible for Treatment; "
        "measured: level with the original. "
        "At 143 visitors a day, a difference of 25 % most likely shows within 46 more days."
    )


@pytest.mark.parametrize(
    ("arms", "days", "ending"),
    [
        (((40_000, 2_000), (40_000, 2_060)), 10, "of 5 % most likely shows within 51 more days."),
        (((90, 40), (90, 44)), 90, "even a difference of 25 % takes 451 more days."),
        (((30_000, 31), (30_000, 31)), 365, "25 % takes longer than anybody waits."),
    ],
    ids=["soon", "long", "never"],
)
def test_a_live_run_says_what_can_still_be_found_and_when(
    arms: tuple[tuple[int, int], ...], days: int, ending: str
) -> None:
    found = replace(findings(goal(*arms)), time_running=timedelta(days=days), minimum_visitors=0)
    assert told(found)[1].endswith(ending)


def test_without_a_difference_worth_the_wait_it_says_to_stop() -> None:
    level = findings(goal((200_000, 10_000), (200_000, 10_100)))
    assert told(level) == (
        VerdictKind.NO_DIFFERENCE,
        "There is no difference above 10 %, with 95 % certainty either way: stop, and keep what "
        "suits you better. So far anything from 3.2 % worse to 5.4 % better is possible for "
        "Treatment; measured: ahead by 1 %.",
    )
    paused = verdict.of(replace(level, is_running=False))
    assert "either way: keep what suits you better." in paused.sentence
    one_is_small = goal((200_000, 10_000), (200_000, 10_100), (2_000, 101))
    crowd = replace(findings(one_is_small), sides=three_of(99, 99, 1))
    assert verdict.of(crowd).kind is VerdictKind.UNDECIDED


def three_of(*weights: int) -> tuple[Side, ...]:
    return tuple(
        side._replace(weight=weight) for side, weight in zip(sides(3), weights, strict=True)
    )


def test_a_winner_is_told_by_how_much_at_least() -> None:
    given = verdict.of(SURE)
    assert given.kind is VerdictKind.WINNER
    assert given.sentence == (
        "Treatment wins: it is at least 12 % and at most 39 % better, each with 95 % certainty "
        "(measured: ahead by 25 %, often too high when a winner is called)."
    )
    assert given.side == SURE.sides[1]


def test_of_several_winners_the_best_is_named_first() -> None:
    one = findings(goal((15_000, 1200), (15_000, 1450), (14_800, 1480)))
    assert told(one)[1].endswith("called). Treatment beats the original too.")
    assert told(one)[1].startswith("Blue wins: it is at least 11 % and at most 41 % better,")
    two = findings(goal((15_000, 1200), (14_800, 1480), (15_000, 1450), (15_000, 1460)))
    assert told(two)[1].endswith("called). Green and Blue beat the original too.")


def test_one_that_looks_better_than_the_winner_and_is_not_sure_is_mentioned() -> None:
    blue_has_few = goal((15_000, 450), (15_000, 700), (550, 31))
    found = findings(blue_has_few, visitors=(15_000, 15_000, 15_000))
    given = verdict.of(replace(found, minimum_visitors=0))
    assert given.side
    assert given.side.name == "Treatment"
    assert given.sentence.endswith("Blue looks better still, ahead by 88 %, but is not sure yet.")


def test_each_further_variant_makes_it_harder_to_win() -> None:
    barely = (15_000, 1345)
    assert verdict.of(findings(goal((15_000, 1200), barely))).kind is VerdictKind.WINNER
    crowd = findings(goal((15_000, 1200), barely, (15_000, 1200), (15_000, 1200)))
    assert verdict.of(crowd).kind is VerdictKind.UNDECIDED


def test_the_original_wins_when_the_best_variant_is_surely_worse() -> None:
    assert told(findings(goal((14_800, 1480), (15_000, 1200)))) == (
        VerdictKind.ORIGINAL_WINS,
        "The original wins: Treatment is at least 11 % and at most 28 % worse, "
        "each with 95 % certainty (measured: behind by 20 %).",
    )
    assert told(findings(goal((14_800, 1480), (15_000, 1100), (15_000, 1200)))) == (
        VerdictKind.ORIGINAL_WINS,
        "The original wins: even Blue, the best variant, is worse: it is at least 10 % and "
        "at most 29 % worse, each with 95 % certainty (measured: behind by 20 %).",
    )


def test_where_less_is_wanted_a_rise_is_bad() -> None:
    fewer = findings(goal((14_800, 1480), (15_000, 1200), wanted=Wanted.LESS, name="Returns"))
    assert told(fewer) == (
        VerdictKind.WINNER,
        "Treatment wins: “Returns” is down by at least 11 % and at most 28 %, each with 95 % "
        "certainty (measured: ahead, with “Returns” down by 20 %, often too high when a winner is "
        "called).",
    )
    more = findings(goal((15_000, 1200), (14_800, 1480), wanted=Wanted.LESS, name="Returns"))
    assert told(more) == (
        VerdictKind.ORIGINAL_WINS,
        "The original wins: “Returns” is up by at least 12 % and at most 39 %, each with 95 % "
        "certainty (measured: behind, with “Returns” up by 25 %).",
    )


def test_where_less_is_wanted_what_is_possible_is_worse_where_there_may_be_more() -> None:
    returns = replace(
        findings(goal((1500, 120), (1480, 148), wanted=Wanted.LESS)), time_running=timedelta(days=1)
    )
    assert "anything from 79 % worse to 13 % better" in told(returns)[1]


def test_where_less_is_wanted_the_chance_is_to_have_fewer() -> None:
    (more,) = goal((1500, 120), (1480, 148)).challengers
    (less,) = goal((1500, 120), (1480, 148), wanted=Wanted.LESS).challengers
    assert more.advantage.chance == pytest.approx(0.9717, abs=5e-5)
    assert less.advantage.chance == pytest.approx(1 - 0.9717, abs=5e-5)


def test_the_original_has_not_won_while_one_of_the_variants_may_be_better() -> None:
    one_is_small = goal((14_800, 1480), (15_000, 1200), (400, 36))
    found = findings(one_is_small, visitors=(15_000, 15_000, 15_000))
    assert verdict.of(replace(found, minimum_visitors=0)).kind is VerdictKind.UNDECIDED


def test_what_was_called_stays_called_when_the_difference_melts() -> None:
    melted = findings(goal((9_000, 900), (9_000, 930)))
    assert verdict.of(melted).kind is VerdictKind.UNDECIDED
    given = verdict.of(replace(melted, call=CALLED, time_running=timedelta(days=3)))
    assert (given.kind, given.side) == (VerdictKind.WINNER, melted.sides[1])
    assert given.sentence == (
        "Treatment was called the winner: that was sure then, and with what has come since it no "
        "longer is. Now anything from 8.8 % worse to 17 % better is possible for Treatment; "
        "measured: ahead by 3.3 %. Called on 17 March 2026."
    )


def test_that_the_original_wins_stays_called_when_the_difference_melts() -> None:
    called = CALLED._replace(kind=CallKind.ORIGINAL_WINS)
    melted = replace(findings(goal((9_000, 900), (9_000, 930))), call=called)
    given = verdict.of(melted)
    assert given.kind is VerdictKind.ORIGINAL_WINS
    assert given.sentence.startswith("The original was called the winner: that was sure then, and")


def test_a_broken_split_ends_what_was_called_and_says_so() -> None:
    broken = replace(findings(goal((15_000, 1200), (19_000, 3000))), call=CALLED)
    given = verdict.of(broken)
    assert given.kind is VerdictKind.MISMATCH
    assert given.sentence.endswith(
        "Treatment was called the winner on 17 March 2026: that no longer stands, since the "
        "split was found broken."
    )
    mended = replace(GOLDEN, call=CALLED._replace(ended_at=CALLED.at))
    assert verdict.of(mended).kind is VerdictKind.UNDECIDED


@pytest.mark.parametrize("arms", [((766, 0), (34, 1)), ((1_000, 0), (1_000, 8))])
def test_a_handful_of_conversions_is_nothing_striking(arms: tuple[tuple[int, int], ...]) -> None:
    assert "hardly" not in told(findings(goal(*arms), visitors=(766, 766)))[1]


@rounds(2_000, soak=20_000)
@pytest.mark.parametrize("variants", [1, 3, 9])
@pytest.mark.long
def test_equal_arms_of_few_conversions_strike_nobody_in_a_month_of_daily_looks(
    variants: int, rounds: int
) -> None:
    dice = np.random.default_rng(6)
    visitors = np.array([200, *[20] * variants]) * np.arange(1, 31)[:, None]
    seen = dice.binomial(np.array([200, *[20] * variants]), 0.002, (rounds, 30, variants + 1))
    # Only the first variant is asked about: it stands for each of them.
    counts = seen.cumsum(axis=1)
    struck = sum(
        any(
            2 * variants * exact_tail(Arm(int(n[0]), int(c[0])), Arm(int(n[each]), int(c[each])))
            < STRIKING_P_VALUE
            for n, c in zip(visitors[::5], run[::5], strict=True)
            for each in range(1, variants + 1)
        )
        for run in counts
    )
    assert struck <= 0.003 * rounds


def test_too_few_conversions_are_said_to_be_too_few() -> None:
    assert told(findings(goal((1000, 12), (1000, 15)))) == (
        VerdictKind.TOO_FEW_CONVERSIONS,
        "Too few conversions to be sure: Treatment is ahead by 25 %, "
        "and each variant needs at least 30. "
        "At 143 visitors a day, even a difference of 25 % takes 532 more days.",
    )
    assert told(findings(goal((1000, 0), (1000, 0)))) == (
        VerdictKind.TOO_FEW_CONVERSIONS,
        "Too few conversions to say who is ahead: each variant needs at least 30. Go on.",
    )


def test_the_best_of_several_that_have_too_few_for_a_range_is_told_as_such() -> None:
    few = findings(goal((10, 6), (3, 2), (5, 3)), visitors=(10, 3, 5))
    assert verdict.of(few).sentence.endswith(
        "So far Treatment, the best variant, is ahead by 11 %."
    )


def test_the_best_of_several_is_told_as_such_before_what_was_measured_of_it() -> None:
    _, sentence = told(findings(goal((1000, 100), (1000, 105), (1000, 108))))
    assert "is possible for Blue, the best variant; measured: ahead by" in sentence


def test_where_nearly_everybody_converts_it_is_the_others_that_are_too_few() -> None:
    _, sentence = told(findings(goal((1000, 990), (1000, 995))))
    assert sentence.startswith("Too few visitors who did not convert to be sure: Treatment is")


def test_none_of_thousands_is_pointed_out_though_it_is_too_few() -> None:
    assert told(findings(goal((5000, 150), (5000, 0)))) == (
        VerdictKind.TOO_FEW_CONVERSIONS,
        "Too few conversions to be sure, but chance alone would hardly do this: "
        "Treatment has 0 conversions of 5,000 visitors, "
        "Control has 150 conversions of 5,000 visitors.",
    )


def test_a_broken_split_overrules_everything() -> None:
    harmful = goal((15_000, 150), (19_000, 800), **COMPLAINTS)
    broken = findings(goal((15_000, 1200), (19_000, 3000)), harmful)
    given = verdict.of(replace(broken, time_running=timedelta(days=1)))
    assert given.kind is VerdictKind.MISMATCH
    assert given.sentence.startswith(
        "Do not trust this result: visitors were not split as planned. "
        "Treatment got 19,000 of 34,000 visitors, and about 17,000 were planned:"
    )
    assert given.harms == ()
    assert verdict.of(replace(broken, goals=())).kind is VerdictKind.MISMATCH


@pytest.mark.parametrize(
    ("status", "way"),
    [
        (Status.DRAFT, "Choose one before the next start."),
        (Status.RUNNING, "To choose one, pause the experiment and put it back to draft."),
        (Status.STOPPED, "To choose one, put the experiment back to draft."),
        (Status.ARCHIVED, "An archived experiment stays as it is: clone it to choose one."),
    ],
)
def test_without_a_primary_goal_it_says_how_to_choose_one(status: Status, way: str) -> None:
    kind, sentence = told(replace(findings(visitors=(1500, 1480)), status=status))
    assert kind is VerdictKind.NO_PRIMARY_GOAL
    assert sentence == f"No primary goal is chosen, so nothing is decided. {way}"


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, "No visitors yet: the result appears when"),
        ({"is_running": False}, "No visitors came while it was live."),
        ({"is_whole_run": False}, "No visitors came on these days."),
    ],
    ids=["running", "stopped", "some days"],
)
def test_without_visitors_it_says_so(changes: dict[str, bool], beginning: str) -> None:
    kind, sentence = told(replace(findings(goal((0, 0), (0, 0))), **changes))
    assert kind is VerdictKind.NO_VISITORS
    assert sentence.startswith(beginning)


def test_before_the_start_it_says_what_will_appear_and_what_is_missing() -> None:
    planned = {"has_started": False, "is_running": False, "status": Status.DRAFT}
    kind, sentence = told(replace(findings(goal((0, 0), (0, 0))), **planned))
    assert kind is VerdictKind.NOT_STARTED
    assert sentence == "Not started yet: the result appears here once visitors have been split."
    aimless = told(replace(findings(visitors=(0, 0)), **planned))[1]
    assert aimless.startswith(f"{sentence} Choose a primary goal before you start:")


def test_a_guardrail_that_suffers_is_said_beside_any_verdict() -> None:
    harmful = goal((15_000, 150), (14_800, 300), **COMPLAINTS)
    for found in (SURE, replace(SURE, time_running=timedelta(days=1)), replace(SURE, goals=())):
        assert verdict.of(replace(found, goals=(*found.goals, harmful))).harms == (
            "Treatment harms “Complaints”: up by at least 51 % and at most 171 %, each with 95 % "
            "certainty (measured: 103 %).",
        )


def test_a_guardrail_of_which_more_is_wanted_suffers_from_a_fall() -> None:
    fewer = goal((15_000, 300), (14_800, 150), role=GoalRole.GUARDRAIL, name="Orders")
    (harm,) = verdict.of(replace(SURE, goals=(*SURE.goals, fewer))).harms
    assert harm.startswith("Treatment harms “Orders”: down by at least 32 % and at most 63 %")


def test_a_guardrail_that_is_down_to_nothing_suffers() -> None:
    none = goal((15_000, 150), (14_800, 0), role=GoalRole.GUARDRAIL, name="Orders")
    assert verdict.of(replace(SURE, goals=(*SURE.goals, none))).harms == (
        "Treatment harms “Orders”: Treatment has 0 conversions of 14,800 visitors, Control has "
        "150 conversions of 15,000 visitors.",
    )
    hardly_any = goal((15_000, 150), (14_800, 1), role=GoalRole.GUARDRAIL)
    assert (
        "has 1 conversion of" in verdict.of(replace(SURE, goals=(*SURE.goals, hardly_any))).harms[0]
    )
    early = goal((200, 30), (200, 0), role=GoalRole.GUARDRAIL, name="Orders")
    assert verdict.of(replace(SURE, goals=(*SURE.goals, early))).harms == ()


@pytest.mark.parametrize(
    ("arms", "harm"),
    [
        (((15_000, 150), (14_800, 300)), Harm.HARMED),
        (((15_000, 300), (14_800, 150)), Harm.NONE_SEEN),
        (((15_000, 150), (15_000, 155)), Harm.POSSIBLE),
        (((15_000_000, 150_000), (15_000_000, 150_050)), Harm.NONE_SEEN),
        (((150_000_000, 1_500_000), (150_000_000, 1_515_000)), Harm.NONE_SEEN),
        (((15_000, 10), (15_000, 19)), Harm.TOO_EARLY),
        (((15_000, 0), (15_000, 60)), Harm.HARMED),
        (((15_000, 10), (15_000, 200)), Harm.HARMED),
        (((15_000, 0), (15_000, 29)), Harm.TOO_EARLY),
        (((15_000, 60), (15_000, 0)), Harm.TOO_EARLY),
    ],
    ids=[
        "worse",
        "better",
        "much the same",
        "the same of very many",
        "tolerably worse",
        "few",
        "up from nothing",
        "up from little",
        "a few more than nothing",
        "down to nothing",
    ],
)
def test_a_guardrail_has_a_word_for_each_variant(
    arms: tuple[tuple[int, int], ...], harm: Harm
) -> None:
    (challenger,) = goal(*arms, **COMPLAINTS).challengers
    assert challenger.harm is harm


def test_a_secondary_goal_harms_nobody() -> None:
    worse = goal((15_000, 300), (14_800, 150), role=GoalRole.SECONDARY)
    assert verdict.of(replace(SURE, goals=(*SURE.goals, worse))).harms == ()


def test_harm_that_is_likely_is_never_called_none() -> None:
    (challenger,) = goal((7_000, 140), (7_000, 98), role=GoalRole.GUARDRAIL).challengers
    assert challenger.harm is Harm.POSSIBLE
    assert still_possible(challenger) == "up to 54 % worse is possible"


def test_with_all_visitors_in_one_variant_there_is_nothing_to_compare() -> None:
    found = findings(goal((900, 90), (0, 0)))
    control, treatment = found.sides
    alone = replace(found, sides=(control._replace(weight=10_000), treatment._replace(weight=0)))
    assert told(alone) == (
        VerdictKind.NO_COMPARISON,
        "All visitors get Control, so there is nothing to compare it with. "
        "To give another variant a share, pause the experiment and put it back to draft.",
    )
