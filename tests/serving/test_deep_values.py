"""A value that is nested deeply is refused, or else served: nothing in between."""

from app.core.errors import InvalidInput
from app.experiments import designs
from app.experiments.designs import Design, VariantDesign
from tests.serving.site import Site

DEPTHS = (*range(100, 900, 100), *range(880, 1000, 5))


def nested(depth: int) -> Design:
    """Variants whose values are objects within objects."""
    value: object = {}
    for _ in range(depth):
        value = {"a": value}
    return Design(tuple(VariantDesign(key, 5000, value=value) for key in ("a", "b")))


def taken(depth: int) -> bool:
    """Return whether values of that depth are let in; fail where an error is no refusal."""
    try:
        designs.checked(nested(depth))
    except InvalidInput:
        return False
    return True


def test_the_deepest_value_that_is_taken_is_served_to_every_visitor(site: Site) -> None:
    deepest = max((depth for depth in (1, *DEPTHS) if taken(depth)), default=0)
    assert deepest
    experiment = site.experiment(nested(deepest))
    assert site.ask(experiment, "visitor-1").status_code == 200
    assert site.ask_all("visitor-1").status_code == 200
