"""The words of the verdicts, for people who do not know the field's.

A variant is better or worse by its goal: of complaints, fewer are better.
"""

from collections.abc import Sequence

from app.models import Status, Wanted
from app.results import figures
from app.results.comparison import FEWEST_OF_EACH, Interval
from app.results.figures import ALMOST_NONE
from app.results.findings import Challenger, Findings, GoalResult, VariantResult

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
        "in the setup is broken."
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
    """It is too early; says who is ahead so far and what is waited for."""
    why = "wait" if findings.is_running else "too early to decide"
    return f"{_standing(goal, best)}{_chance(best)}; {why}: {_missing(findings)}."


def part_of_run(goal: GoalResult, best: Challenger | None) -> str:
    """Somebody has picked some days, which could be those that suit."""
    return f"{_standing(goal, best)}{_chance(best)}; these days alone decide nothing."


def winner(goal: GoalResult, best: Challenger) -> str:
    """Return a variant is surely better; says by how much at least, and what the others do."""
    rank = goal.ranked.index(best)
    others = [each.side.name for each in goal.ranked[rank + 1 :] if each.advantage.is_surely_better]
    sentences = [f"{best.side.name} wins: it is {_place(goal, best)}, {_surely(best)}."]
    if others:
        verb = "beats" if len(others) == 1 else "beat"
        sentences.append(f"{_listed(others)} {verb} the original too.")
    for better in goal.ranked[:rank][:1]:
        name, place = better.side.name, _place(goal, better)
        sentences.append(f"{name} looks better still, {place}, but that is not sure yet.")
    return " ".join(sentences)


def original_wins(goal: GoalResult, best: Challenger) -> str:
    """Return the best variant is surely worse; says by how much at least."""
    even = "even " if len(goal.challengers) > 1 else ""
    return (
        f"The original wins: {even}{_named(goal, best)} is {_place(goal, best)}, {_surely(best)}."
    )


def too_few_conversions(findings: Findings, goal: GoalResult, best: Challenger | None) -> str:
    """No sure statement can be made of so few; says so, and what strikes all the same."""
    striking = min(goal.challengers, key=_p_value)
    if _p_value(striking) < STRIKING_P_VALUE:
        return (
            "Too few conversions to be sure, but chance alone would hardly do this: "
            f"{_counted(striking)}, {_counted(goal.control)}."
        )
    needed = f"each variant needs at least {FEWEST_OF_EACH}.{_go_on(findings)}"
    if best is None:
        return f"{_standing(goal, best)}: {needed}"
    return f"Too few {_scarce(goal)} to be sure: {_standing(goal, best)}, and {needed}"


def undecided(findings: Findings, goal: GoalResult, best: Challenger, surely: Interval) -> str:
    """Neither is surely better; says what is still possible."""
    return (
        f"So far {_standing(goal, best)}, but anything from {_side(surely.low)} to "
        f"{_side(surely.high)} is still possible{_chance(best)}.{_go_on(findings)}"
    )


def harm(goal: GoalResult, variant: Challenger) -> str:
    """Return a guardrail surely suffers from a variant."""
    harmed = f"{variant.side.name} harms “{goal.target.name}”"
    return f"{harmed}: {_moved(goal, variant)}, {_surely(variant)}."


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


def _standing(goal: GoalResult, best: Challenger | None) -> str:
    """Return how the best variant does beside the control, whether that is sure or not."""
    if best is None:
        return "Too few conversions to say who is ahead"
    if abs(best.advantage.estimate or 0.0) < ALMOST_NONE:
        return f"{best.side.name} and the original are level"
    return f"{_named(goal, best)} is {_place(goal, best)}"


def _named(goal: GoalResult, best: Challenger) -> str:
    """Return the best variant, as such where it is the best of several and still behind."""
    behind = (best.advantage.estimate or 0.0) < 0
    several = len(goal.challengers) > 1
    return f"{best.side.name}, the best variant," if behind and several else best.side.name


def _place(goal: GoalResult, variant: Challenger) -> str:
    word = "ahead" if (variant.advantage.estimate or 0.0) > 0 else "behind"
    if goal.target.wanted is Wanted.LESS:
        return f"{word}, with “{goal.target.name}” {_moved(goal, variant)}"
    return f"{word} by {figures.percent(variant.advantage.estimate or 0.0)}"


def _moved(goal: GoalResult, variant: Challenger) -> str:
    """Return in which direction the goal itself went, and how far."""
    is_better = (variant.advantage.estimate or 0.0) > 0
    word = "up" if is_better == (goal.target.wanted is Wanted.MORE) else "down"
    return f"{word} by {figures.percent(variant.advantage.estimate or 0.0)}"


def _surely(variant: Challenger) -> str:
    return f"by {figures.at_least(variant.advantage.sure_difference)} with 95 % certainty"


def _side(difference: float) -> str:
    if abs(difference) < ALMOST_NONE:
        return "no difference"
    return f"{figures.percent(difference)} {'better' if difference > 0 else 'worse'}"


def _chance(best: Challenger | None) -> str:
    if best is None or best.advantage.chance is None:
        return ""
    return f"; chance to beat the original {figures.chance(best.advantage.chance)}"


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


def _p_value(variant: Challenger) -> float:
    return 1.0 if variant.comparison.p_value is None else variant.comparison.p_value


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
