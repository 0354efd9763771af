"""The words of the verdicts, for people who do not know the field's.

A variant is better or worse by its goal: of complaints, fewer are better.
"""

from collections.abc import Sequence

from app.models import CallKind, Status, Wanted
from app.results import figures
from app.results.arms import Interval
from app.results.figures import ALMOST_NONE
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.one_look import exact_tail
from app.results.sequential import FEWEST_OF_EACH

# Below this, counts that are too few for a sure statement are pointed out all the same. It is far
# below 0.05 because they are looked at every day.
STRIKING_P_VALUE = 0.001


def not_started(findings: Findings) -> str:
    """Return nothing was measured yet."""
    sentence = "Not started yet: the result appears here once visitors have been split."
    if findings.primary:
        return sentence
    return f"{sentence} Choose a primary goal before you start: without one nothing is decided."


def never_started() -> str:
    """Return nothing was measured, and nothing will be."""
    return "It was never started, and is archived: there is no result, and there will be none."


def mismatch(findings: Findings) -> str:
    """Return the split is broken; names the variant that is furthest from its share."""
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
        f"in the setup is broken.{_called_before(findings)}"
    )


def no_primary_goal(findings: Findings) -> str:
    """Return nothing decides; says how to come by what does."""
    return (
        "No primary goal is chosen, so nothing is decided. "
        f"{_WAYS_TO_A_PRIMARY_GOAL[findings.status]}"
    )


def no_comparison(findings: Findings) -> str:
    """Return all visitors see the same; says how to come by a second variant."""
    _, side = findings.fewest
    return (
        f"All visitors get {side.name}, so there is nothing to compare it with. "
        f"{_WAYS_TO_A_COMPARISON[findings.status]}"
    )


def no_visitors(findings: Findings) -> str:
    """Nobody came."""
    if not findings.is_whole_run:
        return "No visitors came on these days."
    if findings.is_running:
        return "No visitors yet: the result appears when the first ones have seen their variant."
    return "No visitors came while it was live."


def held_back(findings: Findings, goal: GoalResult, best: Challenger | None) -> str:
    """It is too early; says what is waited for, and how it stands so far."""
    why = "Wait" if findings.is_running else "Too early to decide"
    return f"{why}: {_missing(findings)}. {_so_far(goal, best)}"


def part_of_run(goal: GoalResult, best: Challenger | None) -> str:
    """Somebody has picked some days, which could be those that suit."""
    return f"These days alone decide nothing. On them {_uncapitalised(_standing(goal, best))}."


def winner(goal: GoalResult, best: Challenger) -> str:
    """Return a variant is surely better; says by how much, and what the others do."""
    measured = f"measured: {_measured(goal, best)}, often too high when a winner is called"
    sentences = [f"{best.side.name} wins: {_surely(goal, best)} ({measured})."]
    others = [each for each in goal.ranked if each is not best and each.advantage.is_surely_better]
    if others:
        verb = "beats" if len(others) == 1 else "beat"
        sentences.append(f"{_listed([each.side.name for each in others])} {verb} the original too.")
    better = next(iter(goal.ranked), best)
    if better is not best and better not in others:
        place = _place(goal, better)
        sentences.append(f"{better.side.name} looks better still, {place}, but is not sure yet.")
    return " ".join(sentences)


def original_wins(goal: GoalResult, best: Challenger) -> str:
    """Return every variant is surely worse; says by how much the best one is."""
    even = (
        f"even {best.side.name}, the best variant, is worse: " if len(goal.challengers) > 1 else ""
    )
    surely = f"{even}{_surely(goal, best, is_named=not even)}"
    return f"The original wins: {surely} (measured: {_measured(goal, best)})."


def called(findings: Findings) -> str:
    """Return when it was called, if it was."""
    call = findings.call_that_stands
    return f" Called on {call.at:%-d %B %Y}." if call else ""


def _called_before(findings: Findings) -> str:
    """Return that what was called, if anything was, stands no more."""
    if not findings.call:
        return ""
    is_winner = findings.call.kind is CallKind.WINNER
    name = findings.sides[findings.call.position].name if is_winner else "The original"
    return f" {name} was called the winner on {findings.call.at:%-d %B %Y}: that no longer stands."


def too_few_conversions(findings: Findings, goal: GoalResult, best: Challenger | None) -> str:
    """No sure statement can be made of so few; says so, and what strikes all the same."""
    striking = min(goal.challengers, key=lambda each: _chance(goal, each))
    if _chance(goal, striking) < STRIKING_P_VALUE:
        return (
            "Too few conversions to be sure, but chance alone would hardly do this: "
            f"{_counted(striking)}, {_counted(goal.control)}."
        )
    needed = f"each variant needs at least {FEWEST_OF_EACH}.{_go_on(findings)}"
    if best is None:
        return f"{_standing(goal, best)}: {needed}"
    return f"Too few {_scarce(goal)} to be sure: {_standing(goal, best)}, and {needed}"


def undecided(findings: Findings, goal: GoalResult, best: Challenger) -> str:
    """Neither is called; says what is still possible."""
    return f"{_so_far(goal, best)}{_go_on(findings)}"


def harm(goal: GoalResult, variant: Challenger) -> str:
    """Return a guardrail surely suffers from a variant."""
    harmed = f"{variant.side.name} harms “{goal.target.name}”"
    low, high = _sizes(variant)
    word = _direction(goal, is_better=False)
    return (
        f"{harmed}: {word} by at least {low} and at most {high}, each with 95 % certainty "
        f"(measured: {figures.percent(variant.advantage.estimate or 0.0)})."
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


def _so_far(goal: GoalResult, best: Challenger | None) -> str:
    """Return how it stands: what is possible comes before what was measured."""
    if best is None or best.advantage.surely is None:
        return f"So far {_uncapitalised(_standing(goal, best))}."
    name, surely = _named(goal, best), best.advantage.surely
    possible = f"anything from {_side(surely.low, is_low=True)} to {_side(surely.high)}"
    return f"So far {possible} is possible for {name}; measured: {_measured(goal, best)}."


def _standing(goal: GoalResult, best: Challenger | None) -> str:
    """Return how the best variant does beside the control, whether that is sure or not."""
    if best is None:
        return "Too few conversions to say who is ahead"
    if _is_level(best):
        return f"{best.side.name} and the original are level"
    return f"{_named(goal, best)} is {_place(goal, best)}"


def _uncapitalised(sentence: str) -> str:
    """Return a sentence of ours within another one; the name of a variant stays as it is."""
    return sentence.replace("Too few", "too few", 1)


def _named(goal: GoalResult, best: Challenger) -> str:
    """Return the best variant, as such where it is the best of several."""
    several = len(goal.challengers) > 1
    return f"{best.side.name}, the best variant" if several else best.side.name


def _is_level(variant: Challenger) -> bool:
    return abs(variant.advantage.estimate or 0.0) < ALMOST_NONE


def _measured(goal: GoalResult, variant: Challenger) -> str:
    return "level with the original" if _is_level(variant) else _place(goal, variant)


def _place(goal: GoalResult, variant: Challenger) -> str:
    estimate = variant.advantage.estimate or 0.0
    word, size = "ahead" if estimate > 0 else "behind", figures.percent(estimate)
    if goal.target.wanted is Wanted.LESS:
        direction = _direction(goal, is_better=estimate > 0)
        return f"{word}, with “{goal.target.name}” {direction} by {size}"
    return f"{word} by {size}"


def _direction(goal: GoalResult, *, is_better: bool) -> str:
    """Return in which direction the goal itself went."""
    return "up" if is_better == (goal.target.wanted is Wanted.MORE) else "down"


def _surely(goal: GoalResult, variant: Challenger, *, is_named: bool = False) -> str:
    """Return by how much a variant surely differs from the control, by each bound."""
    low, high = _sizes(variant)
    is_better = variant.advantage.is_surely_better
    name = variant.side.name if is_named else "it"
    if goal.target.wanted is Wanted.LESS:
        direction = _direction(goal, is_better=is_better)
        what = f"“{goal.target.name}” is {direction} by at least {low} and at most {high}"
    else:
        worth = "better" if is_better else "worse"
        what = f"{name} is at least {low} and at most {high} {worth}"
    return f"{what}, each with 95 % certainty"


def _sizes(variant: Challenger) -> tuple[str, str]:
    """Return the smallest and the largest difference that is possible."""
    surely = variant.advantage.surely or Interval(0.0, 0.0)
    near, far = sorted((surely.low, surely.high), key=abs)
    return figures.least(near), figures.most(far)


def _side(difference: float, *, is_low: bool = False) -> str:
    """Return a bound of what is possible, rounded outwards."""
    if not difference:
        return "no difference"
    is_outer = (difference < 0) == is_low
    size = figures.most(difference) if is_outer else figures.least(difference)
    return f"{size} {'better' if difference > 0 else 'worse'}"


def _chance(goal: GoalResult, variant: Challenger) -> float:
    """Return the chance of counts so far apart, at equal rates, in any of the variants."""
    if not (variant.arm.visitors and goal.control.arm.visitors):
        return 1.0
    return 2 * len(goal.challengers) * exact_tail(goal.control.arm, variant.arm)


def _missing(findings: Findings) -> str:
    """Return the days and the visitors that there are, of those that there are to be."""
    days, visitors = findings.minimum_days, findings.minimum_visitors
    fewest, side = findings.fewest
    parts = []
    if findings.days_running < days:
        parts.append(f"{findings.days_running} of at least {days} day{'s' if days > 1 else ''}")
    if fewest < visitors:
        so_many = f"{figures.whole(fewest)} of at least {figures.whole(visitors)}"
        parts.append(f"{so_many} visitors for {side.name}")
    return " and ".join(parts)


def _scarce(goal: GoalResult) -> str:
    """Return what there is too little of: where nearly everybody converts, those who do not."""
    if any(each.arm.conversions < FEWEST_OF_EACH for each in goal.variants):
        return "conversions"
    return "visitors who did not convert"


def _go_on(findings: Findings) -> str:
    return " Go on." if findings.is_running and findings.is_whole_run else ""


def _counted(variant: VariantResult) -> str:
    conversions, visitors = variant.arm.conversions, variant.arm.visitors
    return (
        f"{variant.side.name} has {figures.whole(conversions)} conversion"
        f"{'' if conversions == 1 else 's'} of {figures.whole(visitors)} visitors"
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
