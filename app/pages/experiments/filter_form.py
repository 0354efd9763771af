"""The filter of a list of experiments: what can be chosen, and what is on, in words."""

from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.validation import whole_number
from app.experiments.filters import ALL, Choices, Filters
from app.experiments.search import LONGEST_SEARCH
from app.models import Conclusion, names
from app.pages.common.words.labels import CONCLUSIONS

OPEN = "filter"
SHIPPED = "yes"
FORMER = "somebody who is no member any more"


@dataclass(frozen=True)
class Select:
    """One thing to filter by: its options by value, the chosen one among them."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True)
class FilterForm:
    """The filter as it is drawn; `is_on` says what is on, and `cleared` leads to the list without.

    `page` is the part of an address that is looked for.
    """

    selects: tuple[Select, ...]
    page: str
    is_on: str
    cleared: str

    @property
    def is_open(self) -> bool:
        """Return whether the address asks for the filter itself."""
        return OPEN in request.args


def is_wanted() -> bool:
    """Return whether the filter is on, or asked for: only then its choices are read."""
    return OPEN in request.args or asked() != ALL


def asked() -> Filters:
    """Return the filters that the address names; what it does not know lets all through."""
    arguments = request.args
    conclusion = arguments.get("outcome", "")
    return Filters(
        whole_number(arguments.get("owner", "")),
        names.folded(arguments.get("tag", ""))[:LONGEST_SEARCH],
        arguments.get("goal", "")[:LONGEST_SEARCH],
        arguments.get("page", "").strip()[:LONGEST_SEARCH],
        Conclusion(conclusion) if conclusion in set(Conclusion) else None,
        arguments.get("shipped", "") == SHIPPED,
    )


def query(filters: Filters) -> dict[str, Any]:
    """Return the filters as an address names them; what lets all through is left out."""
    return {
        "owner": filters.owner_id,
        "tag": filters.tag or None,
        "goal": filters.goal or None,
        "page": filters.page or None,
        "outcome": filters.conclusion,
        "shipped": SHIPPED if filters.is_shipped else None,
    }


def shown(filters: Filters, choices: Choices, cleared: str, reader_id: int | None) -> FilterForm:
    """Return the filter with what is on; what is chosen and is no choice any more stays one."""
    owners = {
        str(owner_id): f"{email} (you)" if owner_id == reader_id else email
        for owner_id, email in choices.owners.items()
    }
    conclusions = {str(conclusion): word for conclusion, word in CONCLUSIONS.items()}
    shipped = {SHIPPED: "one variant"}
    selects = (
        _select("owner", "Owner", owners, str(filters.owner_id or ""), FORMER),
        _select("tag", "Tag", {tag: tag for tag in choices.tags}, filters.tag, filters.tag),
        _select("goal", "Goal", choices.goals, filters.goal, filters.goal),
        _select("outcome", "Outcome", conclusions, filters.conclusion or "", ""),
        _select("shipped", "Everybody sees", shipped, SHIPPED if filters.is_shipped else "", ""),
    )
    return FilterForm(selects, filters.page, _in_words(selects, filters.page), cleared)


def _select(name: str, label: str, known: dict[str, str], chosen: str, unknown: str) -> Select:
    others = {} if not chosen or chosen in known else {chosen: unknown}
    return Select(name, label, tuple((known | others).items()), chosen)


def _in_words(selects: tuple[Select, ...], page: str) -> str:
    chosen = [
        f"{each.label.lower()} {word}"
        for each in selects
        for value, word in each.options
        if value == each.chosen
    ]
    return ", ".join([*chosen, *([f"page {page}"] if page else [])])
