"""Numbers as people read them: rounded, and never claiming more than is known."""

import math
from collections.abc import Callable

ALMOST_NONE = 0.0005
"""A relative difference that is shown as none."""

MINUS = "\N{MINUS SIGN}"
_DIGITS_FROM = 10
"""From this many percent on, a difference is told without decimals."""

_LIKELIEST, _LEAST_LIKELY = 0.99, 0.01
_SMALLEST_P_VALUE = 0.001


def percent(fraction: float) -> str:
    """Return the size of a difference, whatever its sign: "25 %", "2.5 %", "less than 1 %"."""
    size = round(abs(fraction) * 100, 1)
    if size < 1:
        return "less than 1 %"
    return f"{_short(size if size < _DIGITS_FROM else round(size))} %"


def least(fraction: float) -> str:
    """Return the size of a bound, rounded towards nothing: "8 %", "0.1 %", "a little"."""
    rounded = _rounded(math.floor, fraction)
    return f"{_short(rounded)} %" if rounded else "a little"


def most(fraction: float) -> str:
    """Return the size of a bound, rounded away from nothing: "13 %", "0.2 %"."""
    return f"{_short(_rounded(math.ceil, fraction))} %"


def short_chance(probability: float) -> str:
    """Return a chance, which is never certain: "97 %", "> 99 %", "< 1 %"."""
    if probability > _LIKELIEST:
        return "> 99 %"
    return "< 1 %" if probability < _LEAST_LIKELY else f"{probability * 100:.0f} %"


def p_value(value: float) -> str:
    """Return a p-value to three decimals, which is never 0 and never 1.

    "p = 0.021", "p < 0.001".
    """
    if value < _SMALLEST_P_VALUE:
        return "p < 0.001"
    return "p > 0.999" if value > 1 - _SMALLEST_P_VALUE else f"p = {value:.3f}"


def rate(fraction: float) -> str:
    """Return a rate to a tenth of a percent, or finer where it is small: "10.0 %", "0.42 %"."""
    coarser = [decimals for decimals in (1, 2) if fraction * 100 >= 10 ** (1 - decimals)]
    decimals = coarser[0] if coarser else 3
    return f"{fraction * 100:.{decimals if fraction else 1}f} %"


def change(fraction: float) -> str:
    """Return a relative difference with its sign, to a tenth of a percent: "+25.0 %"."""
    written = f"{abs(fraction) * 100:,.1f} %"
    if abs(fraction) < ALMOST_NONE:
        return written
    return f"{'+' if fraction > 0 else MINUS}{written}"


def changes(low: float, high: float) -> str:
    """Return a range of relative differences, never narrower than it is: "+10.7 to +71.2 %"."""
    # Of ten decimals on, binary fractions say more than was meant.
    outwards = (
        math.floor(round(low * 1000, 7)) / 1000,
        math.ceil(round(high * 1000, 7)) / 1000,
    )
    first, last = (change(each) for each in outwards)
    return f"{first.removesuffix(' %')} to {last}"


def whole(number: int) -> str:
    """Return a count: "1,480"."""
    return f"{number:,}"


def amount(value: float) -> str:
    """Return a sum of values, in whatever unit they were sent: "1,234.50"."""
    return f"{value:,.2f}".replace("-", MINUS)


def each(value: float) -> str:
    """Return what one of many is worth, to two decimals, or finer where it is small: "0.0020"."""
    size = abs(value)
    decimals = 1 - math.floor(math.log10(size)) if 0 < size < 1 else 2
    return f"{value:,.{max(decimals, 2)}f}".replace("-", MINUS)


def times(number: float) -> str:
    """Return how often something was done, as a sum: "1,480"."""
    return f"{number:,.15g}".replace("-", MINUS)


def _rounded(towards: Callable[[float], int], fraction: float) -> float:
    """Return a size in percent, to a tenth below 10 %."""
    # Seven decimals of a percent are not known of anything; without this 8 % might read 8.1 %.
    size = round(abs(fraction) * 100, 7)
    return towards(size) if size >= _DIGITS_FROM else towards(round(size * 10, 6)) / 10


def _short(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")
