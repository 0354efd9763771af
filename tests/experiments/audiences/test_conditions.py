"""Which audiences can be used, and how they are written."""

import re
from typing import Any

import pytest

from app.core.errors import InvalidInput
from app.experiments.audiences import conditions
from app.experiments.audiences.conditions import Condition, Operator


def condition(attribute: str, operator: str, *values: str) -> Condition:
    """A condition."""
    return Condition(attribute, Operator(operator), values)


def test_values_are_written_as_visitors_have_them() -> None:
    audience = (
        (
            condition(" country ", "is", "de", "DE", " at "),
            condition("device", "is", "Mobile"),
            condition("language", "is", "DE"),
            condition("plan", "is", " Pro"),
        ),
    )
    checked = conditions.checked(audience)
    assert [each.values for each in checked[0]] == [("DE", "AT"), ("mobile",), ("de",), ("Pro",)]
    assert conditions.read(conditions.written(checked)) == checked


TOO_MANY = "An audience has at most 10 groups of 10 conditions."
ONE = condition("plan", "is", "pro")


@pytest.mark.parametrize(
    ("audience", "why"),
    [
        (((ONE,),) * 11, TOO_MANY),
        (((ONE,) * 11,), TOO_MANY),
        (((),), "A group of an audience has at least one condition."),
        (((condition("", "is", "a"),),), "An attribute is a name"),
        (((condition("a b", "is", "a"),),), "An attribute is a name"),
        (((condition("plan", "is"),),), "A condition has 1 to 50 values: plan has 0."),
        (((condition("plan", "is", *map(str, range(51))),),), "A condition has 1 to 50 values"),
        (((condition("plan", "is", " "),),), "A value of plan is one line of 1 to 500"),
        (((condition("plan", "is", "a" * 501),),), "A value of plan is one line of 1 to 500"),
        (((condition("plan", "is", "a\nb"),),), "A value of plan is one line of 1 to 500"),
        (((condition("plan", "is", "a\u2028b"),),), "A value of plan is one line of 1 to 500"),
        (((condition("plan", "is", "\ud800"),),), "A value of plan is half a character."),
        (((condition("country", "is", "Germany"),),), "The country is a code of ISO 3166"),
        (((condition("country", "is", "UK"),),), "GB for the United Kingdom, not UK"),
        (((condition("country", "is", "EN"),),), "The country is a code of ISO 3166"),
        (((condition("device", "is", "phone"),),), "The device is one of mobile, tablet, desktop"),
        (((condition("browser", "is", "netscape"),),), "The browser is one of chrome, edge"),
        (((condition("language", "is", "de-AT"),),), "The language is a language such as de"),
        (((condition("visitor", "is", "old"),),), "The visitor is one of new, returning"),
        (((condition("country", "contains", "D"),),), "compare it with “is”"),
        (((condition("orders", "at_least", "many"),),), "is compared with a number such as 12"),
        (((condition("orders", "at_most", "1e3"),),), "is compared with a number such as 12"),
        (((condition("page", "matches", "("),),), "This is no regular expression: ("),
        (((condition("page", "matches", "a**"),),), "This is no regular expression: a**"),
        (((condition("page", "matches", "(?i)a"),),), "not every language has"),
        (((condition("page", "matches", r"\pL"),),), "not every language has"),
        (((condition("page", "matches", r"\Aa\z"),),), "not every language has"),
        (((condition("page", "matches", r"a\sb"),),), "not every language has"),
        (((condition("page", "matches", "^*a"),),), "not every language has"),
        (((condition("page", "matches", "[[:alpha:]]"),),), "not every language has"),
        (((condition("page", "matches", "(?P<a>b)"),),), "not every language has"),
        (((condition("page", "matches", r"[\w-z]"),),), "not every language has"),
        (((condition("page", "matches", r"[\d-\w]"),),), "not every language has"),
        (((condition("page", "matches", r"[^][\\]"),),), "not every language has"),
        (((condition("page", "matches", "a{2}{3}"),),), "This is no regular expression"),
        *(
            (((condition("page", "matches", pattern),),), "repeats a group in which something")
            for pattern in ("(a+)+b", "(a|b)*c", "(?:a?){20}", "((a*)b)+?", r"(\w+-)*\w+")
        ),
        (
            ((condition("page", "matches", *"a" * 50),) * 2, (condition("page", "matches", "b"),)),
            "100",
        ),
        *(
            (((condition("page", "matches", pattern),),), "in too many ways")
            for pattern in (
                "/.*/.+/.{9,}x",
                r"\w+\w*\w+!",
                "a+b{0}a+b{0}a+!",
                "[^/]+[a-z]+[^.]+[.]",
                "a{1,}b*a{1,}!",
                "a?" * 17 + "!",
                "(a|a)" * 17 + "!",
                "(ab)*(ab)*(ab)*!",
                "(a*)(a*|b)(a*)!",
                "ж+ж+ж+я",
            )
        ),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_with_the_reason(audience: Any, why: str) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput, match=re.escape(why)) as refused:
        conditions.checked(audience)
    assert refused.value.field == "audience"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^/shop/.*/\d+$",
        "(a+)?(?:bc){2}(d)*",
        "a|b+",
        "[(.*)|+]+x",
        r"(\d{3}\.){3}\(.*\)+",
        "..?.{2}",
        "^/[a-z-]+/[^/]+/[^/]+/[^/]+/x",
        r"^https?://(www\.)?shop\.example/(de|en)/[^/]+/\d+/?(\?.*)?$",
        "|".join(f"^/page/{number}(/.*)?$" for number in range(20)),
    ],
)
def test_a_pattern_that_can_fit_a_text_in_few_ways_is_taken(pattern: str) -> None:
    audience = ((condition("page", "matches", pattern),),)
    assert conditions.checked(audience) == audience
