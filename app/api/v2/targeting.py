"""Who takes part, as this contract says it: by pages and by countries.

Other members of `targeting` are named in the answer, and not heeded.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictStr, model_validator
from typing_extensions import TypedDict

from app.api import problems
from app.api.v2.shapes import OpenBody
from app.core.errors import InvalidInput
from app.experiments.audiences.attributes import COUNTRY
from app.experiments.audiences.conditions import (
    EVERYBODY,
    LONGEST_VALUE,
    Audience,
    Condition,
    Group,
    Operator,
)

MOST_PAGES = 50
PAGE = "page"
PageRule = Literal["simple", "exact", "contain", "regex"]
CountryRule = Literal["whitelist", "blacklist"]
_OPERATORS: dict[PageRule, Operator] = {
    "simple": Operator.SAME_PAGE,
    "exact": Operator.IS,
    "contain": Operator.CONTAINS,
    "regex": Operator.MATCHES,
}
_RULES: dict[Operator, PageRule] = {operator: rule for rule, operator in _OPERATORS.items()}


class PageUrlBody(OpenBody):
    """Pages on which it is shown, or is not."""

    url: Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_VALUE)]
    """The address, a part of it, or a regular expression."""
    rule: PageRule = "simple"
    """How it is compared: `simple` leaves out scheme, query and fragment."""
    allowed: StrictBool = True
    """Whether it is shown there."""

    @model_validator(mode="before")
    @classmethod
    def _of_address(cls, sent: object) -> object:
        return {"url": sent} if isinstance(sent, str) else sent

    @model_validator(mode="after")
    def _has_no_wildcard(self) -> "PageUrlBody":
        if "*" in self.url and self.rule != "regex":
            raise problems.fault('A * is for "rule": "regex" alone, which writes it as .*')
        return self


class CountryBody(OpenBody):
    """A country whose visitors take part, or do not."""

    code: Annotated[StrictStr, Field(pattern="^[A-Za-z]{2}$")]
    """Its code of two letters, by ISO 3166."""
    rule: CountryRule = "whitelist"
    """Whether its visitors take part, or all others."""


class TargetingBody(OpenBody):
    """Who takes part."""

    allowed_country: list[CountryBody] | None = None
    """By country."""


PageUrls = Annotated[list[PageUrlBody], Field(max_length=MOST_PAGES)]


class PageUrl(TypedDict):
    """Pages on which it is shown, or is not."""

    url: str
    """The address, a part of it, or a regular expression."""
    rule: PageRule
    """How it is compared."""
    allowed: bool
    """Whether it is shown there."""


class AllowedCountry(TypedDict):
    """A country whose visitors take part, or do not."""

    code: str
    """Its two letters."""
    rule: CountryRule
    """Whether its visitors take part, or all others."""


class Targeting(TypedDict):
    """Who takes part, by country."""

    allowed_country: list[AllowedCountry]
    """Empty where it is not by country alone, and by pages."""


def changed(
    audience: Audience, pages: PageUrls | None, targeting: TargetingBody | None
) -> Audience:
    """Return an audience with what was sent of pages and countries; the rest of it stays."""
    if pages is not None:
        audience = _both(_without(audience, PAGE), _of_pages(pages))
    countries = targeting.allowed_country if targeting else None
    if countries is not None:
        audience = _both(_without(audience, COUNTRY), _of_countries(countries))
    return audience


def shown_pages(audience: Audience) -> list[PageUrl]:
    """Return the pages of an audience that pages and countries say whole; otherwise none."""
    return [
        PageUrl(url=url, rule=_RULES[each.operator], allowed=not each.negated)
        for each in _said(audience)
        if each.attribute == PAGE
        for url in each.values
    ]


def shown_countries(audience: Audience) -> Targeting:
    """Return the countries of an audience that pages and countries say whole; otherwise none."""
    countries: list[AllowedCountry] = [
        {"code": code, "rule": "blacklist" if each.negated else "whitelist"}
        for each in _said(audience)
        if each.attribute == COUNTRY
        for code in each.values
    ]
    return {"allowed_country": countries}


def _said(audience: Audience) -> tuple[Condition, ...]:
    """Return the conditions of an audience, each once, where this contract can say it."""
    each_once = tuple(dict.fromkeys(condition for group in audience for condition in group))
    is_known = all(
        each.attribute == COUNTRY or (each.attribute == PAGE and each.operator in _RULES)
        for each in each_once
    )
    is_whole = set(map(frozenset, audience)) == set(map(frozenset, _composed(each_once)))
    return each_once if is_known and is_whole else ()


def _composed(conditions: Iterable[Condition]) -> Audience:
    """Return who meets what is negated, and of what is not one condition of each attribute."""
    negated, chosen = [], defaultdict[str, list[Group]](list)
    for each in conditions:
        if each.negated:
            negated.append(each)
        else:
            chosen[each.attribute].append((each,))
    audience: Audience = EVERYBODY
    for groups in chosen.values():
        audience = _both(audience, tuple(groups))
    return _both(audience, (tuple(negated),) if negated else EVERYBODY)


def _both(one: Audience, other: Audience) -> Audience:
    """Return who is in both."""
    if not (one and other):
        return one or other
    return tuple((*first, *second) for first in one for second in other)


def _without(audience: Audience, attribute: str) -> Audience:
    """Return an audience that no longer asks for an attribute; everybody, where nothing is left.

    Raises InvalidInput where other ways to take part would be lost with that.
    """
    left = [tuple(each for each in group if each.attribute != attribute) for group in audience]
    if any(left) and not all(left):
        raise InvalidInput(
            f"Its audience has other ways to take part than by {attribute}, which this contract has"
            " no words for: change it in its design, or at /api/admin.",
            "audience",
        )
    return tuple(dict.fromkeys(left)) if any(left) else EVERYBODY


def _of_pages(pages: PageUrls) -> Audience:
    urls = defaultdict[tuple[PageRule, bool], list[str]](list)
    for page in pages:
        urls[page.rule, page.allowed].append(page.url)
    return _composed(
        Condition(PAGE, _OPERATORS[rule], tuple(values), negated=not is_allowed)
        for (rule, is_allowed), values in urls.items()
    )


def _of_countries(countries: list[CountryBody]) -> Audience:
    codes = defaultdict[CountryRule, list[str]](list)
    for country in countries:
        codes[country.rule].append(country.code)
    return _composed(
        Condition(COUNTRY, Operator.IS, tuple(values), negated=rule == "blacklist")
        for rule, values in codes.items()
    )
