"""The phrases that the sentences of verdicts are made of.

A variant is better or worse by its goal: of complaints, fewer are better.
"""

from collections.abc import Sequence

from app.models import GoalKind, Wanted
from app.results import outlook
from app.results.findings import Challenger, Findings, GoalResult, VariantResult
from app.results.outlook import SOON
from app.results.statistics.arms import Interval
from app.results.statistics.one_look import exact_tail
from app.results.words import figures
from app.results.words.figures import ALMOST_NONE


def so_far(goal: GoalResult, best: Challenger | None) -> str:
    """Return how it stands: what is possible comes before what was measured."""
    if best is None:
        return f"So far {uncapitalised(standing(goal, best))}."
    return f"So far {possible(goal, best, _named(goal, best))}."


def possible(goal: GoalResult, variant: Challenger, name: str) -> str:
    """Return what is possible for a variant, called by a name, and then what was measured."""
    surely = variant.advantage.surely
    if surely is None:
        return uncapitalised(standing(goal, variant))
    reach = f"anything from {_side(surely.low, is_low=True)} to {_side(surely.high)}"
    return f"{reach} is possible for {name}; measured: {measured(goal, variant)}"


def standing(goal: GoalResult, best: Challenger | None) -> str:
    """Return how the best variant does beside the control, whether that is sure or not."""
    if best is None:
        none = goal.without_revenue
        return no_revenue(goal, none) if none else "Too few conversions to say who is ahead"
    if _is_level(best):
        return f"{best.side.name} and the original are level"
    return f"{_named(goal, best, ',')} is {place(goal, best)}"


def uncapitalised(sentence: str) -> str:
    """Return a sentence of ours within another one; the name of a variant stays as it is."""
    ours = next((each for each in ("Too few", "What counts") if sentence.startswith(each)), "")
    return f"{ours.lower()}{sentence.removeprefix(ours)}"


def _named(goal: GoalResult, best: Challenger, set_off_by: str = "") -> str:
    """Return the best variant, as such where it is the best of several: `set_off_by` ends that."""
    several = len(goal.challengers) > 1
    return f"{best.side.name}, the best variant{set_off_by}" if several else best.side.name


def _is_level(variant: Challenger) -> bool:
    return abs(variant.advantage.estimate or 0.0) < ALMOST_NONE


def measured(goal: GoalResult, variant: Challenger) -> str:
    """Return how far a variant was seen ahead or behind, or that it is level."""
    return "level with the original" if _is_level(variant) else place(goal, variant)


def caveat(variant: Challenger, usual: str = "") -> str:
    """Return what to keep in mind of what was measured: that it has left what is sure, if it has.

    What earlier looks have ruled out stays ruled out, wherever later visitors lead.
    """
    surely, estimate = variant.advantage.surely, variant.advantage.estimate
    has_left = surely and estimate is not None and not surely.low <= estimate <= surely.high
    return ", by now outside of what earlier looks were sure of" if has_left else usual


def place(goal: GoalResult, variant: Challenger) -> str:
    """Return how far a variant is ahead or behind, by its goal."""
    estimate = variant.advantage.estimate or 0.0
    word, size = "ahead" if estimate > 0 else "behind", figures.percent(estimate)
    if goal.target.wanted is Wanted.LESS:
        moved = direction(goal, is_better=estimate > 0)
        return f"{word}, with “{goal.target.name}”{a_visitor(goal)} {moved} by {size}"
    return f"{word} by {size}{a_visitor(goal)}"


def direction(goal: GoalResult, *, is_better: bool) -> str:
    """Return in which direction the goal itself went."""
    return "up" if is_better == (goal.target.wanted is Wanted.MORE) else "down"


def surely(goal: GoalResult, variant: Challenger, *, is_named: bool = False) -> str:
    """Return by how much a variant surely differs from the control, by each bound."""
    low, high = sizes(variant)
    is_better = variant.advantage.is_surely_better
    name = variant.side.name if is_named else "it"
    size = f"at least {low} and at most {high}"
    if goal.target.wanted is Wanted.LESS:
        moved = direction(goal, is_better=is_better)
        what = f"“{goal.target.name}”{a_visitor(goal)} is {moved} by {size}"
    else:
        what = f"{name} {_does_more(goal, size, is_better=is_better)}"
    return f"{what}, each with 95 % certainty"


def _does_more(goal: GoalResult, size: str, *, is_better: bool) -> str:
    """Return what a variant does, and by how much more or less of it."""
    more = "more" if is_better else "less"
    match goal.target.kind:
        case GoalKind.REVENUE:
            return f"earns {size} {more} a visitor"
        case GoalKind.COUNT:
            return f"has {size} {more} of “{goal.target.name}” a visitor"
        case GoalKind.CONVERSION:
            return f"is {size} {'better' if is_better else 'worse'}"


def a_visitor(goal: GoalResult) -> str:
    """Return that a goal is compared by what each visitor does on average, where it is."""
    return " a visitor" if goal.target.sums_up else ""


def sizes(variant: Challenger) -> tuple[str, str]:
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


def chance(goal: GoalResult, variant: Challenger) -> float:
    """Return the chance of counts so far apart, at equal rates, in any of the variants."""
    if not (variant.arm.visitors and goal.control.arm.visitors):
        return 1.0
    return 2 * len(goal.challengers) * exact_tail(goal.control.arm, variant.arm)


def missing(findings: Findings) -> str:
    """Return the days and the visitors that there are, of those that there are to be."""
    days, visitors = findings.minimum_days, findings.minimum_visitors
    (fewest, side), goal = findings.fewest, findings.primary
    parts: list[str] = []
    if findings.days_running < days:
        parts.append(f"{findings.days_running} of at least {days} day{'s' if days > 1 else ''}")
    if goal and goal.awaits_cohorts:
        window = _window(goal, is_running=findings.is_running)
        return "; ".join((window, *parts))
    if fewest < visitors:
        so_many = f"{figures.whole(fewest)} of at least {figures.whole(visitors)}"
        parts.append(f"{so_many} visitors{_who_count(goal)} for {side.name}")
    return " and ".join(parts)


def _who_count(goal: GoalResult | None) -> str:
    """Return which visitors are meant, where others have come besides."""
    days = goal.target.window_days if goal else None
    return "" if days is None else f" who have had their {_so_many_days(days)}"


def _window(goal: GoalResult, *, is_running: bool) -> str:
    """Return until when nobody counts, since nobody has had the whole window."""
    days = f"{_so_many_days(goal.target.window_days)} for “{goal.target.name}”"
    until = goal.left_out.until
    if until is None and is_running:
        return f"a pause cut short the {days} of all who have come"
    if until is None:
        return f"no visitor had {days} before it was paused"
    return f"the first visitors will have had their {days} on {until:%-d %B %Y}"


def left_out(goal: GoalResult) -> str:
    """Return who counts and who does not, of a goal with a window; nothing of another.

    "1,480 visitors count; 320 are still within their 7 days, 90 were cut short by a pause".
    """
    if goal.target.window_days is None:
        return ""
    inside, cut = goal.left_out.inside, goal.left_out.cut
    verb = "counts" if goal.visitors == 1 else "count"
    parts = [
        f"{_are(inside)} still within their {_so_many_days(goal.target.window_days)}"
        if inside
        else "",
        f"{_are(cut, 'was', 'were')} cut short by a pause or the end" if cut else "",
    ]
    others = ", ".join(filter(None, parts))
    return f"{_visitors(goal.visitors)} {verb}{others and f'; {others}'}"


def _are(number: int, one: str = "is", several: str = "are") -> str:
    return f"{figures.whole(number)} {one if number == 1 else several}"


def _visitors(number: int) -> str:
    return f"{figures.whole(number)} visitor{'' if number == 1 else 's'}"


def _so_many_days(days: int | None) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def scarce(goal: GoalResult) -> str:
    """Return what there is too little of: where nearly everybody converts, those who do not."""
    if any(each.arm.conversions < each.arm.fewest for each in goal.variants):
        return "visitors with a conversion" if goal.target.sums_up else "conversions"
    return "differences between visitors" if goal.target.sums_up else "visitors who did not convert"


def no_revenue(goal: GoalResult, variant: VariantResult) -> str:
    """Return that a variant's revenue is not above nothing."""
    return f"What counts of “{goal.target.name}” is not above nothing for {variant.side.name}"


def go_on(findings: Findings, goal: GoalResult) -> str:
    """Return how long it takes to find something, of a live run; nothing of another."""
    if findings.counts_nobody_new or not (findings.is_running and findings.is_whole_run):
        return ""
    ahead = [each for each in outlook.prospects(findings, goal) if each.days != 0]
    if not ahead:
        return " Go on."
    soon = next((each for each in ahead if each.days and each.days <= SOON), None)
    told = soon or ahead[-1]
    lift, visitors, days = figures.percent(told.lift), _daily(findings), _days(told.days)
    if soon:
        return f" {visitors}, a difference of {lift} most likely shows within {days}."
    return f" {visitors}, even a difference of {lift} takes {days}."


def _daily(findings: Findings) -> str:
    daily = round(outlook.daily_visitors(findings) or 0)
    return f"At {figures.whole(daily)} visitor{'' if daily == 1 else 's'} a day"


def _days(days: int | None) -> str:
    if days is None:
        return "longer than anybody waits"
    return f"{figures.whole(days)} more day{'' if days == 1 else 's'}"


def counted(variant: VariantResult) -> str:
    """Return a variant's counts: "Blue has 3 conversions of 40 visitors"."""
    conversions, visitors = variant.arm.conversions, variant.arm.visitors
    return (
        f"{variant.side.name} has {figures.whole(conversions)} conversion"
        f"{'' if conversions == 1 else 's'} of {figures.whole(visitors)} visitors"
    )


def had(goal: GoalResult, variant: VariantResult) -> str:
    """Return what a variant has of a goal: "40 visitors of Blue count for 20.00 in all".

    That is each visitor up to the cap, which may be less than they spent.
    """
    if variant.arm.sums is None:
        return counted(variant)
    measured, _ = variant.arm.sums
    is_money = goal.target.kind is GoalKind.REVENUE
    total = figures.amount(measured) if is_money else figures.times(measured)
    return f"{_visitors(variant.arm.visitors)} of {variant.side.name} count for {total} in all"


def listed(names: Sequence[str]) -> str:
    """Return names in a row: "Blue, Green and Red"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
