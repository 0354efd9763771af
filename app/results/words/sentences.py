"""The words of the verdicts, for people who do not know the field's.

A variant is better or worse by its goal: of complaints, fewer are better.
"""

from datetime import date

from app.core.days import day_of
from app.models import CallKind, Status
from app.results.days.period import DayRange
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.reading import Called
from app.results.statistics.arms import Interval
from app.results.statistics.planning import WORTH_FINDING
from app.results.words import figures, phrases

# Below this, counts that are too few for a sure statement are pointed out all the same. It is far
# below 0.05 because they are looked at every day.
STRIKING_P_VALUE = 0.001


def not_started(findings: Findings) -> str:
    """Return that nothing was measured yet."""
    sentence = "Not started yet: the result appears here once visitors have been split."
    if findings.primary:
        return sentence
    return f"{sentence} Choose a primary goal before you start: without one nothing is decided."


def never_started() -> str:
    """Return that nothing was measured, and nothing will be."""
    return "It was never started, and is archived: there is no result, and there will be none."


def mismatch(findings: Findings) -> str:
    """Return that the split is broken, and which variant is furthest from its share."""
    total, weights = findings.total_visitors, sum(side.weight for side in findings.sides)
    expected = [total * side.weight / weights for side in findings.sides]
    _, got, wanted, side = max(
        (abs(got - wanted), got, wanted, side)
        for got, wanted, side in zip(findings.visitors, expected, findings.sides, strict=True)
    )
    return (
        f"Do not trust this result: visitors were not split as planned. {side.name} got "
        f"{figures.whole(got)} of {figures.whole(total)} visitors, and about "
        f"{figures.whole(round(wanted))} were planned: chance hardly ever does that, so something "
        f"in the setup is broken."
    )


def no_primary_goal(findings: Findings) -> str:
    """Return that nothing decides, and how to come by what does."""
    return (
        "No primary goal is chosen, so nothing is decided. "
        f"{_WAYS_TO_A_PRIMARY_GOAL[findings.status]}"
    )


def no_comparison(findings: Findings) -> str:
    """Return that all visitors see the same, and how to come by a second variant."""
    _, side = findings.fewest
    return (
        f"All visitors get {side.name}, so there is nothing to compare it with. "
        f"{_WAYS_TO_A_COMPARISON[findings.status]}"
    )


def no_visitors(findings: Findings) -> str:
    """Return that nobody came, or that nobody counts."""
    if findings.excluded:
        return "Nobody counts: no visitors came but on days that are left out."
    if not findings.is_whole_run:
        return "No visitors came on these days."
    if findings.is_running:
        return "No visitors yet: the result appears when the first ones have seen their variant."
    return "No visitors came while it was live."


def held_back(findings: Findings, goal: GoalResult, best: Challenger | None) -> str:
    """Return that it is too early, what is waited for, and how it stands so far."""
    why = "Wait" if findings.is_running else "Too early to decide"
    so_far = "" if goal.awaits_cohorts else f" {phrases.so_far(goal, best)}"
    return f"{why}: {phrases.missing(findings)}.{so_far}"


def part_of_run(goal: GoalResult, best: Challenger | None) -> str:
    """Return how it stands on days that somebody picked: they could be those that suit."""
    standing = phrases.uncapitalised(phrases.standing(goal, best))
    return f"These days alone decide nothing. On them {standing}."


def winner(goal: GoalResult, best: Challenger) -> str:
    """Return that a variant is surely better, by how much, and what the others do."""
    caveat = phrases.caveat(best, ", often too high when a winner is called")
    measured = f"measured: {phrases.measured(goal, best)}{caveat}"
    sentences = [f"{best.side.name} wins: {phrases.surely(goal, best)} ({measured})."]
    others = [each for each in goal.ranked if each is not best and each.advantage.is_surely_better]
    if others:
        verb = "beats" if len(others) == 1 else "beat"
        sentences.append(
            f"{phrases.listed([each.side.name for each in others])} {verb} the original too."
        )
    better = next(iter(goal.ranked), best)
    if better is not best and better not in others:
        place = phrases.place(goal, better)
        sentences.append(f"{better.side.name} looks better still, {place}, but is not sure yet.")
    return " ".join(sentences)


def original_wins(goal: GoalResult, best: Challenger) -> str:
    """Return that every variant is surely worse, and by how much the best one is."""
    even = (
        f"even {best.side.name}, the best variant, is worse: " if len(goal.challengers) > 1 else ""
    )
    surely = f"{even}{phrases.surely(goal, best, is_named=not even)}"
    measured = f"measured: {phrases.measured(goal, best)}{phrases.caveat(best)}"
    return f"The original wins: {surely} ({measured})."


def not_sure_any_more(goal: GoalResult, variant: Challenger, *, is_winner: bool) -> str:
    """Return that what was called stands, although what has come since does not bear it out."""
    name = variant.side.name if is_winner else "The original"
    return (
        f"{name} was called the winner: that was sure then, and with what has come since it no "
        f"longer is. Now {phrases.possible(goal, variant, variant.side.name)}."
    )


def called(findings: Findings) -> str:
    """Return when it was called, if it was."""
    call = findings.call_that_stands
    return f" Called on {_called_on(findings, call)}." if call else ""


def called_before(findings: Findings) -> str:
    """Return that what was called, if anything was, stands no more, and why."""
    call = findings.call_that_ended
    if not call:
        return ""
    name = findings.sides[call.position].name if call.kind is CallKind.WINNER else "The original"
    why = "other days are counted" if call.is_of_other_days else "the split was found broken"
    day = _called_on(findings, call)
    return f" {name} was called the winner on {day}: that no longer stands, since {why}."


def _called_on(findings: Findings, call: Called) -> str:
    return _day(day_of(call.at, findings.time_zone))


def excluded(findings: Findings) -> str:
    """Return the days that are left out, if any are."""
    days = [_from_to(each) for each in findings.excluded]
    return f" Left out: {phrases.listed(days)}." if days else ""


def _from_to(days: DayRange) -> str:
    if days.first and days.last:
        later = f" to {_day(days.last)}" if days.last > days.first else ""
        return f"{_day(days.first)}{later}"
    if days.last:
        return f"all until {_day(days.last)}"
    return f"from {_day(days.first)} on" if days.first else "the whole run"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def too_few_conversions(findings: Findings, goal: GoalResult, best: Challenger | None) -> str:
    """Return that nothing is sure of so few, and what strikes all the same."""
    striking = min(goal.challengers, key=lambda each: phrases.chance(goal, each))
    if phrases.chance(goal, striking) < STRIKING_P_VALUE:
        return (
            "Too few conversions to be sure, but chance alone would hardly do this: "
            f"{phrases.counted(striking)}, {phrases.counted(goal.control)}."
        )
    needed = f"each variant needs at least {goal.control.arm.fewest}."
    needed += phrases.go_on(findings, goal)
    if best is None:
        return f"{phrases.standing(goal, best)}: {needed}"
    return (
        f"Too few {phrases.scarce(goal)} to be sure: {phrases.standing(goal, best)}, and {needed}"
    )


def no_revenue(goal: GoalResult, without: VariantResult) -> str:
    """Return that a variant earns nothing, or less: there are no ratios to that."""
    return f"{phrases.no_revenue(goal, without)}, so nothing can be said in percent of it."


def undecided(findings: Findings, goal: GoalResult, best: Challenger) -> str:
    """Return what is still possible, where neither is called."""
    return f"{phrases.so_far(goal, best)}{phrases.go_on(findings, goal)}"


def no_difference(findings: Findings, goal: GoalResult, best: Challenger) -> str:
    """Return that nothing that is worth the wait is left to be found."""
    advice = "stop, and keep" if findings.is_running else "keep"
    return (
        f"There is no difference above {figures.most(WORTH_FINDING)}, with 95 % certainty either "
        f"way: {advice} what suits you better. {phrases.so_far(goal, best)}"
    )


def harm(goal: GoalResult, variant: Challenger) -> str:
    """Return that a guardrail surely suffers from a variant."""
    harmed = f"{variant.side.name} harms “{goal.target.name}”{phrases.a_visitor(goal)}"
    if variant.advantage.surely is None:
        return f"{harmed}: {phrases.had(goal, variant)}, {phrases.had(goal, goal.control)}."
    low, high = phrases.sizes(variant)
    word = phrases.direction(goal, is_better=False)
    return (
        f"{harmed}: {word} by at least {low} and at most {high}, each with 95 % certainty "
        f"(measured: {figures.percent(variant.advantage.estimate or 0.0)}"
        f"{phrases.caveat(variant)})."
    )


def still_possible(variant: Challenger) -> str:
    """Return how much worse a guardrail may still have got."""
    surely = variant.advantage.surely or Interval(0.0, 0.0)
    return f"up to {figures.most(surely.low)} worse is possible"


_WAYS_TO_A_PRIMARY_GOAL = {
    Status.DRAFT: "Choose one before the next start.",
    Status.RUNNING: "To choose one, pause the experiment and put it back to draft.",
    Status.STOPPED: "To choose one, put the experiment back to draft.",
    Status.ARCHIVED: "An archived experiment stays as it is: clone it to choose one.",
}

_WAYS_TO_A_COMPARISON = {
    Status.DRAFT: "Give another variant a share before the next start.",
    Status.RUNNING: "To give another variant a share, pause the experiment and put it back to "
    "draft.",
    Status.STOPPED: "To give another variant a share, put the experiment back to draft.",
    Status.ARCHIVED: "An archived experiment stays as it is: clone it to split its visitors.",
}
