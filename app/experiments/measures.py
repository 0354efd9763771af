"""Measures: what a goal counts of each visitor. It is said once: another one is another goal."""

import re
from dataclasses import dataclass, replace

from app.core.errors import InvalidInput
from app.models import LONGEST_WINDOW_DAYS, Goal, GoalKind

DEFAULT_WINDOW_DAYS = 7
CURRENCY_PATTERN = re.compile(r"[A-Za-z]{3}", re.ASCII)


@dataclass(frozen=True)
class Measure:
    """The kind of a goal, the days in which what a visitor does counts, and of revenue a currency.

    Without `window_days` it counts as long as the run is live.
    """

    kind: GoalKind = GoalKind.CONVERSION
    window_days: int | None = DEFAULT_WINDOW_DAYS
    currency: str | None = None


USUAL = Measure()


def checked(measure: Measure) -> Measure:
    """Return the measure with its currency in capitals; InvalidInput for what cannot be used."""
    if measure.window_days is not None and not 1 <= measure.window_days <= LONGEST_WINDOW_DAYS:
        raise InvalidInput(f"A window is of 1 to {LONGEST_WINDOW_DAYS} days.", "window_days")
    currency = (measure.currency or "").strip() or None
    if (measure.kind is GoalKind.REVENUE) != (currency is not None):
        raise InvalidInput("Revenue has a currency, and nothing else has one.", "currency")
    if currency and not CURRENCY_PATTERN.fullmatch(currency):
        raise InvalidInput("A currency is three letters, as EUR.", "currency")
    return replace(measure, currency=currency and currency.upper())


def of(goal: Goal) -> Measure:
    """Return what a goal measures."""
    return Measure(goal.kind, goal.window_days, goal.currency)


def is_of(measure: Measure, goal: Goal) -> bool:
    """Return whether a goal that there is measures what is asked for.

    Its window may be another one where the usual one is asked for, or none, as by who names none.
    """
    is_usual = measure.window_days in (DEFAULT_WINDOW_DAYS, None, goal.window_days)
    return is_usual and (measure.kind, measure.currency) == (goal.kind, goal.currency)
