"""Numbers as people read them: rounded, and never claiming more than is known."""

import math

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


def at_least(fraction: float) -> str:
    """Return a bound of a difference, rounded towards nothing: "at least 8 %"."""
    size = abs(fraction) * 100
    rounded = math.floor(size) if size >= _DIGITS_FROM else math.floor(size * 10) / 10
    return f"at least {_short(rounded)} %" if rounded else "at least a little"


def chance(probability: float) -> str:
    """Return a chance, which is never certain: "97 %", "more than 99 %", "less than 1 %"."""
    if probability > _LIKELIEST:
        return "more than 99 %"
    return "less than 1 %" if probability < _LEAST_LIKELY else f"{probability * 100:.0f} %"


def short_chance(probability: float) -> str:
    """Return the same where there is little room: "97 %", "> 99 %"."""
    return chance(probability).replace("more than", ">").replace("less than", "<")


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
    """Return a range of relative differences: "+10.7 to +71.2 %"."""
    return f"{change(low).removesuffix(' %')} to {change(high)}"


def whole(number: int) -> str:
    """Return a count: "1,480"."""
    return f"{number:,}"


def amount(value: float) -> str:
    """Return a sum of values, in whatever unit they were sent: "1,234.50"."""
    return f"{value:,.2f}".replace("-", MINUS)


def _short(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")
