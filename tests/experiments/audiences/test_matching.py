"""Who is in an audience, by the vectors that other languages are tried with."""

from typing import Any

import pytest

from app.experiments.audiences import conditions, matching
from tests.evaluation import VECTORS


@pytest.mark.parametrize("vector", VECTORS["audiences"], ids=lambda vector: vector["why"])
def test_who_is_in_it_is_told_alike_in_every_language(vector: dict[str, Any]) -> None:
    audience = conditions.read(vector["audience"])
    assert conditions.checked(audience) == audience
    assert matching.is_in(audience, vector["context"]) is vector["is_in"]


def test_a_number_without_bounds_is_not_known() -> None:
    audience = conditions.read([[{"attribute": "n", "operator": "at_least", "values": ["1"]}]])
    assert not matching.is_in(audience, {"n": 10**400})
    assert not matching.is_in(audience, {"n": float("inf")})
