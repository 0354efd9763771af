"""The tables of a result: what was counted of each variant, and how it does beside the control."""

import math
from dataclasses import dataclass

from app.models import GoalKind, GoalRole, Wanted
from app.pages.results.chart_lines import Style, style
from app.pages.results.goal_notes import notes
from app.pages.results.scales import Scale
from app.results.findings import Advantage, Challenger, GoalResult, Harm, VariantResult
from app.results.statistics.arms import Interval
from app.results.words import figures, sentences

NOTHING = "—"
_A_VISITOR = " a visitor"
BAR_WIDTH = 132
_BAR_MARGIN = 4
_TOO_FEW, _TOO_LITTLE = "too few conversions for a range", "what counts is not above nothing"
_MEASURED = {
    GoalKind.CONVERSION: "conversion rate",
    GoalKind.COUNT: "times a visitor",
    GoalKind.REVENUE: "revenue a visitor",
}
HARM_TONES = {
    Harm.HARMED: "refused",
    Harm.POSSIBLE: "stopped",
    Harm.NONE_SEEN: "live",
    Harm.TOO_EARLY: "draft",
    Harm.NO_REVENUE: "draft",
}


@dataclass(frozen=True)
class Bar:
    """An interval on a line of improvements so wide, on which `none` is where there is none."""

    width: int
    low: float
    high: float
    estimate: float
    none: float
    tone: str


@dataclass(frozen=True)
class Verge:
    """An interval with its p-value, in words; `text` says why where there is none."""

    text: str
    p_value: str


@dataclass(frozen=True)
class Beside:
    """A variant beside the control."""

    improvement: str
    any_time: Verge
    one_look: Verge
    chance: str
    bar: Bar | None
    harm: str
    harm_tone: str


@dataclass(frozen=True)
class Row:
    """A variant at a goal; nothing stands beside the control.

    `mean` is what decides of a goal that sums up: what each visitor counts for.
    """

    style: Style
    name: str
    visitors: str
    conversions: str
    rate: str
    total_value: str
    value_per_visitor: str
    mean: str
    value_per_order: str
    orders_per_visitor: str
    beside: Beside | None


@dataclass(frozen=True)
class Table:
    """A goal with its variants."""

    key: str
    name: str
    less_is_better: bool
    is_guardrail: bool
    has_values: bool
    sums_up: bool
    is_revenue: bool
    measured: str
    window_days: int | None
    unit: str
    too_few: str
    notes: tuple[str, ...]
    rows: tuple[Row, ...]


def table(goal: GoalResult) -> Table:
    """Return the table of a goal."""
    scale = _scale(goal)
    beside = {each.side: _beside(each, scale) for each in goal.challengers}
    return Table(
        goal.target.key,
        goal.target.name,
        goal.target.wanted is Wanted.LESS,
        goal.target.role is GoalRole.GUARDRAIL,
        goal.has_values,
        goal.target.sums_up,
        goal.target.kind is GoalKind.REVENUE,
        _MEASURED[goal.target.kind],
        goal.target.window_days,
        goal.target.currency or "Times",
        _TOO_LITTLE if goal.without_revenue else _TOO_FEW,
        notes(goal),
        tuple(_row(each, beside.get(each.side)) for each in goal.variants),
    )


def _row(result: VariantResult, beside: Beside | None) -> Row:
    arm = result.arm
    return Row(
        style(result.side.position),
        result.side.name,
        figures.whole(arm.visitors),
        figures.whole(arm.conversions),
        NOTHING if arm.rate is None else figures.rate(arm.rate),
        figures.amount(result.total_value),
        _each(result.total_value, arm.visitors, _A_VISITOR),
        NOTHING if arm.mean is None else figures.each(arm.mean),
        _each(result.total_value, result.events, " each"),
        _each(result.events, arm.visitors, _A_VISITOR),
        beside,
    )


def _each(total: float, number: int, of_what: str) -> str:
    return f"{figures.each(total / number)}{of_what}" if number else NOTHING


def _beside(result: Challenger, scale: Scale | None) -> Beside:
    comparison, chance = result.comparison, result.advantage.chance
    improvement = comparison.improvement
    return Beside(
        NOTHING if improvement is None else figures.change(improvement),
        _verge(comparison.sequential_interval, comparison.sequential_p_value),
        _verge(comparison.interval, comparison.p_value),
        NOTHING if chance is None else figures.short_chance(chance),
        _bar(result, scale) if scale else None,
        _harm(result),
        HARM_TONES[result.harm],
    )


def _harm(result: Challenger) -> str:
    if result.harm is Harm.POSSIBLE:
        return sentences.still_possible(result)
    if result.harm is Harm.NONE_SEEN:
        return f"no harm beyond {figures.most(result.margin)}"
    return result.harm


def _verge(interval: Interval | None, p_value: float | None) -> Verge:
    text = figures.changes(interval.low, interval.high) if interval else ""
    return Verge(text, "" if p_value is None else figures.p_value(p_value))


def _scale(goal: GoalResult) -> Scale | None:
    """Return the line that all bars of a goal share, None where there are none.

    It is one of ratios: twice as much is as far from nothing changed as half as much.
    """
    known = [each.comparison.sequential_interval for each in goal.challengers]
    ends = [math.log1p(end) for each in known if each for end in (each.low, each.high)]
    if not ends:
        return None
    return Scale(min(*ends, 0.0), max(*ends, 0.0), _BAR_MARGIN, BAR_WIDTH - _BAR_MARGIN)


def _bar(result: Challenger, scale: Scale) -> Bar | None:
    interval, estimate = result.comparison.sequential_interval, result.comparison.improvement
    if interval is None or estimate is None:
        return None
    low, high, middle = (
        scale.at(math.log1p(each)) for each in (interval.low, interval.high, estimate)
    )
    return Bar(BAR_WIDTH, low, high, middle, scale.at(0.0), _tone(result.advantage))


def _tone(advantage: Advantage) -> str:
    if advantage.is_surely_better:
        return "better"
    return "worse" if advantage.is_surely_worse else "open"
