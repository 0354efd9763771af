"""What of an audience no visitor of a page meets, as far as the way it is written shows."""

from collections.abc import Iterator

from app.experiments.audiences import attributes
from app.experiments.audiences.conditions import Audience, Condition, Operator

_WEB = ("http://", "https://")


def no_pages(audience: Audience) -> Iterator[str]:
    """Yield a value of each condition on the page that the address of no page fits."""
    for condition in (condition for group in audience for condition in group):
        is_asked = condition.attribute == attributes.PAGE and not condition.negated
        if is_asked and all(_fits_none(condition, value) for value in condition.values):
            yield condition.values[0]


def _fits_none(condition: Condition, value: str) -> bool:
    match condition.operator:
        case Operator.IS:
            return "*" in value or not value.startswith(_WEB)
        case Operator.SAME_PAGE:
            return "*" in value or value.startswith("/")
        case Operator.CONTAINS:
            return "*" in value
        case _:
            return False
