"""What may be known of a visitor, by name, and how the values of some are written.

A page's script says the first six of itself, and what stands in the address and in cookies as
`query.<name>` and `cookie.<name>`. Any other name is what the page, or the program that asks, says.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.core.errors import InvalidInput
from app.experiments.audiences import countries

DEVICES = ("mobile", "tablet", "desktop")
BROWSERS = ("chrome", "edge", "firefox", "opera", "safari", "samsung", "other")
VISITORS = ("new", "returning")
NAME = re.compile(r"[A-Za-z_$][\w$.-]{0,99}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?", re.ASCII)


@dataclass(frozen=True)
class Attribute:
    """Something known of a visitor: of a closed one, `values` is how each is written."""

    name: str
    values: re.Pattern[str] | None = None
    usual: Callable[[str], str] = str
    example: str = ""

    @property
    def is_closed(self) -> bool:
        """Return whether it has values of a form of its own."""
        return self.values is not None


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(words))


def _one_of(name: str, words: tuple[str, ...]) -> Attribute:
    return Attribute(name, _any_of(words), str.lower, f"one of {', '.join(words)}")


PAGE = "page"
COUNTRY = "country"
QUERY = "query."
_A_COUNTRY = "a code of ISO 3166, such as DE, or GB for the United Kingdom"
KNOWN = (
    Attribute(PAGE),
    _one_of("device", DEVICES),
    _one_of("browser", BROWSERS),
    Attribute("language", re.compile("[a-z]{2,3}"), str.lower, "a language such as de"),
    Attribute(COUNTRY, _any_of(countries.CODES), str.upper, _A_COUNTRY),
    _one_of("visitor", VISITORS),
)
_BY_NAME = {attribute.name: attribute for attribute in KNOWN}


def is_said_by_script(name: str) -> bool:
    """Return whether each page's script says this of its visitor, without being told to."""
    return (name in _BY_NAME and name != COUNTRY) or name.startswith(QUERY)


def meant(name: str) -> str:
    """Return what pages say under a name of other capitals than this one; "" for nothing."""
    usual_name = name.lower()
    return usual_name if usual_name != name and usual_name in _BY_NAME else ""


def checked(name: str) -> Attribute:
    """Return the attribute of this name; InvalidInput for what cannot be one."""
    text = name.strip()
    if not NAME.fullmatch(text):
        raise InvalidInput(
            "An attribute is a name such as page, country, query.utm_source or plan: a letter,"
            " then letters, digits, points, hyphens and underscores.",
            "audience",
        )
    return _BY_NAME.get(text, Attribute(text))


def usual(attribute: Attribute, text: str, field: str) -> str:
    """Return a value as it is usually written; InvalidInput where the attribute has no such."""
    if attribute.values is None:
        return text
    written = attribute.usual(text)
    if not attribute.values.fullmatch(written):
        raise InvalidInput(f"The {attribute.name} is {attribute.example}, not {text}.", field)
    return written


def number(text: str) -> float | None:
    """Return the number that is written, as in 12 or -0.5; None for anything else."""
    return float(text) if _NUMBER.fullmatch(text) else None
