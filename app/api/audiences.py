"""Audiences as the JSON doors write and read them."""

from typing import Annotated, NotRequired, cast

from pydantic import Field, StrictBool, StrictStr
from typing_extensions import TypedDict

from app.api.bodies import Body
from app.experiments.audiences import conditions
from app.experiments.audiences.conditions import (
    LONGEST_VALUE,
    MOST_CONDITIONS,
    MOST_GROUPS,
    MOST_VALUES,
    Audience,
    Condition,
    Operator,
)
from app.serving import visitor_sample


class ConditionBody(Body):
    """A condition of an audience: one of its values fits what is known of the visitor."""

    attribute: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    """What has to be known: `page`, `device`, `browser`, `language`, `country`, `visitor`,
    `query.<name>`, `cookie.<name>`, or any other that the page or the program says."""
    operator: Operator
    """How it is compared."""
    values: Annotated[
        list[Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_VALUE)]],
        Field(min_length=1, max_length=MOST_VALUES),
    ]
    """With what."""
    negated: StrictBool = False
    """Whether none of the values may fit."""

    def condition(self) -> Condition:
        """Return the condition as a design has it."""
        return Condition(self.attribute, self.operator, tuple(self.values), self.negated)


AudienceBody = Annotated[
    list[Annotated[list[ConditionBody], Field(min_length=1, max_length=MOST_CONDITIONS)]],
    Field(max_length=MOST_GROUPS),
]


class ShownCondition(TypedDict):
    """A condition of an audience: one of its values fits what is known of the visitor."""

    attribute: str
    """What has to be known."""
    operator: Operator
    """How it is compared."""
    values: list[str]
    """With what."""
    negated: NotRequired[bool]
    """There, and true, where none of the values may fit."""


class ReachShown(TypedDict):
    """How many of the visitors of the last 24 hours an audience covers."""

    visitors: int
    """Of how many visitors something is known: 0 where nothing has asked for variants."""
    covered: int
    """How many of them are in the audience."""
    is_sample: bool
    """Whether these are a sample of the visitors, rather than all."""
    unsaid: list[str]
    """The attributes that it asks for and that were known of none of them."""


ShownAudience = list[list[ShownCondition]]


def read(sent: AudienceBody) -> Audience:
    """Return the audience that was sent."""
    return tuple(tuple(each.condition() for each in group) for group in sent)


def reach(project_id: int, audience: Audience) -> ReachShown:
    """Return how many visitors of a project an audience covers, as it is sent."""
    found = visitor_sample.reach(project_id, audience)
    return {
        "visitors": found.visitors,
        "covered": found.covered,
        "is_sample": not found.is_whole,
        "unsaid": list(found.unsaid),
    }


def shown(audience: Audience) -> ShownAudience:
    """Return an audience as it is sent."""
    return cast("ShownAudience", conditions.written(audience))
