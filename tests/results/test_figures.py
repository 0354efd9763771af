"""Numbers as people read them."""

from collections.abc import Callable

import pytest

from app.results.words import figures


@pytest.mark.parametrize(
    ("write", "number", "text"),
    [
        (figures.percent, 0.25, "25 %"),
        (figures.percent, -0.25, "25 %"),
        (figures.percent, 0.0249, "2.5 %"),
        (figures.percent, 0.0204, "2 %"),
        (figures.percent, 0.0996, "10 %"),
        (figures.percent, 0.0094, "less than 1 %"),
        (figures.percent, 12.5, "1,250 %"),
        (figures.least, 0.119, "11 %"),
        (figures.least, -0.0899, "8.9 %"),
        (figures.least, 0.0804, "8 %"),
        (figures.least, 0.08, "8 %"),
        (figures.least, 0.0009, "a little"),
        (figures.most, -0.1249, "13 %"),
        (figures.most, 0.08, "8 %"),
        (figures.most, 0.0801, "8.1 %"),
        (figures.most, 0.0001, "0.1 %"),
        (figures.most, 0.29, "29 %"),
        (figures.short_chance, 0.97, "97 %"),
        (figures.short_chance, 0.9901, "> 99 %"),
        (figures.short_chance, 1.0, "> 99 %"),
        (figures.short_chance, 0.0099, "< 1 %"),
        (figures.short_chance, 0.0, "< 1 %"),
        (figures.p_value, 0.0564, "p = 0.056"),
        (figures.p_value, 0.0009, "p < 0.001"),
        (figures.p_value, 0.0, "p < 0.001"),
        (figures.p_value, 1.0, "p > 0.999"),
        (figures.rate, 0.1, "10.0 %"),
        (figures.rate, 0.0, "0.0 %"),
        (figures.rate, 0.00424, "0.42 %"),
        (figures.rate, 0.00042, "0.042 %"),
        (figures.change, 0.25, "+25.0 %"),
        (figures.change, -0.0321, "\N{MINUS SIGN}3.2 %"),
        (figures.change, -0.0004, "0.0 %"),
        (figures.amount, -1234.5, "\N{MINUS SIGN}1,234.50"),
        (figures.whole, 1480, "1,480"),
    ],
)
def test_a_number_is_rounded_for_people(
    write: Callable[[float], str], number: float, text: str
) -> None:
    assert write(number) == text


def test_a_range_names_its_unit_once_and_is_never_narrower_than_it_is() -> None:
    assert figures.changes(-0.159, 0.851) == "\N{MINUS SIGN}15.9 to +85.1 %"
    assert figures.changes(-0.12341, 0.85101) == "\N{MINUS SIGN}12.4 to +85.2 %"
    assert figures.changes(0.00012, 0.29) == "0.0 to +29.0 %"
