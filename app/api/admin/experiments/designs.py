"""Designs as /api/admin writes and reads them."""

from dataclasses import replace
from typing import Annotated, NotRequired, Self

from pydantic import Field, StrictFloat, StrictInt, model_validator
from typing_extensions import TypedDict

from app.api import audiences, problems, shapes
from app.api.audiences import AudienceBody, ShownAudience
from app.api.bodies import Body
from app.api.shapes import BasisPoints, Cap, Count, Key, NameOrNone, Percentage
from app.core.validation import basis_points, percents
from app.experiments import designs
from app.experiments.designs import (
    FEWEST_VARIANTS,
    LONGEST_MINIMUM_DAYS,
    Design,
    GoalUse,
    VariantDesign,
)
from app.experiments.goal_uses import MOST_GOALS
from app.models import DEFAULT_MARGIN, LARGEST_MARGIN, MOST_VARIANTS, GoalRole

Margin = Annotated[
    StrictInt | StrictFloat,
    Field(json_schema_extra={"minimum": 0, "maximum": percents(LARGEST_MARGIN)}),
]


class VariantBody(Body):
    """A variant: `weight` in basis points; without a value it is the key."""

    key: Key
    """Its key; another in each variant."""
    weight: BasisPoints
    """Its share of the visitors, of 10,000; those of all variants make the whole."""
    name: NameOrNone = ""
    """Its name; by default its key."""
    value: object = None
    """What its visitors get: JSON, but no list or null, of one type in all; by default its key."""


class DesignGoalBody(Body):
    """A goal of the project, by its key, and its role."""

    key: Key
    """The key of a goal of the project."""
    role: GoalRole = GoalRole.PRIMARY
    """What it is measured for; one goal at most is the primary one."""
    margin: Margin = percents(DEFAULT_MARGIN)
    """How much worse a guardrail may get and count as unharmed, in percent; 2 by default."""
    cap: Cap | None = None
    """The most that one visitor counts for: a goal that counts or sums up has it, and no other.

    It is in the goal's currency, or so many times."""

    def use(self) -> GoalUse:
        """Return the goal as a design names it; InvalidInput for a margin finer than 0.01 %."""
        margin = basis_points(str(self.margin), "goals")
        return GoalUse(self.key, self.role, margin, None if self.cap is None else float(self.cap))


class DesignBody(Body):
    """The members of a design; one that is not sent stays as it is. Traffic is in percent."""

    variants: (
        Annotated[
            list[VariantBody],
            Field(json_schema_extra={"minItems": FEWEST_VARIANTS, "maxItems": MOST_VARIANTS}),
        ]
        | None
    ) = None
    """All variants, the control first."""
    traffic_allocation: Percentage | None = None
    """How many of the visitors take part, in percent with two decimals at most."""
    minimum_days: Annotated[StrictInt, shapes.whole(0, LONGEST_MINIMUM_DAYS)] | None = None
    """For how many days it runs at least, before its result is a verdict."""
    minimum_visitors: Count | None = None
    """How many visitors each variant has at least, before its result is a verdict."""
    goals: (
        Annotated[list[DesignGoalBody], Field(json_schema_extra={"maxItems": MOST_GOALS})] | None
    ) = None
    """All goals, each once."""
    audience: AudienceBody | None = None
    """Who takes part: groups of conditions, of which all of one are met. Everybody, if empty."""
    named_audience: Key | None = None
    """The key of an audience of the project, in place of `audience`; a change of it reaches drafts.

    Null gives the design the conditions that it has as its own."""

    @model_validator(mode="after")
    def _has_one_audience(self) -> Self:
        if self.audience is not None and self.named_audience is not None:
            raise problems.fault("audience and named_audience say the same: send one of them.")
        return self

    def changed_design(self, design: Design = designs.DEFAULT) -> Design:
        """`design` with what was sent; InvalidInput for a share finer than 0.01 %."""
        changes: dict[str, object] = {
            name: value
            for name in ("minimum_days", "minimum_visitors")
            if (value := getattr(self, name)) is not None
        }
        if self.traffic_allocation is not None:
            text = str(self.traffic_allocation)
            changes["traffic_allocation"] = basis_points(text, "traffic_allocation")
        if self.variants is not None:
            changes["variants"] = tuple(VariantDesign(**vars(each)) for each in self.variants)
        if self.goals is not None:
            changes["goals"] = tuple(each.use() for each in self.goals)
        return self._with_audience(replace(design, **changes))

    def _with_audience(self, design: Design) -> Design:
        if self.audience is not None:
            return design.with_own_audience(audiences.read(self.audience))
        if self.named_audience is not None:
            return replace(design, named_audience=self.named_audience)
        if "named_audience" in self.model_fields_set:
            return design.with_own_audience(design.audience)
        return design


class VariantShown(TypedDict):
    """A variant."""

    key: str
    """Its key."""
    name: str
    """Its name."""
    weight: int
    """Of 10,000."""
    value: object
    """What its visitors get: any JSON but null, of one type in all variants."""


class DesignGoal(TypedDict):
    """A goal of the project, by its key, and its role."""

    key: str
    """The goal's key."""
    role: GoalRole
    """What it is measured for."""
    margin: NotRequired[float]
    """How much worse it may get and count as unharmed, in percent: of a guardrail alone."""
    cap: NotRequired[float]
    """The most that one visitor counts for: of a goal that counts or sums up alone."""


class NamedAudienceOfDesign(TypedDict):
    """The audience of the project that a design names."""

    key: str | None
    """Its key; null where it is not kept any more."""
    name: str
    """Its name; of what was started, the one that it had then."""


class DesignShown(TypedDict):
    """A design."""

    variants: list[VariantShown]
    """The control first."""
    traffic_allocation: float
    """How many of the visitors take part, in percent."""
    minimum_days: int
    """For how many days it runs at least, before its result is a verdict."""
    minimum_visitors: int
    """Of each variant."""
    goals: list[DesignGoal]
    """What it measures."""
    audience: ShownAudience
    """Who takes part: all conditions of one group are met; everybody, if it is empty."""
    named_audience: NamedAudienceOfDesign | None
    """Which of the project's audiences that is; null where the conditions are the design's own."""


def shown(design: Design) -> DesignShown:
    """Return a design as it is sent."""
    return {
        "variants": [_variant(each) for each in design.variants],
        "traffic_allocation": percents(design.traffic_allocation),
        "minimum_days": design.minimum_days,
        "minimum_visitors": design.minimum_visitors,
        "goals": [_goal(each) for each in design.goals],
        "audience": audiences.shown(design.audience),
        "named_audience": _named_audience(design),
    }


def _named_audience(design: Design) -> NamedAudienceOfDesign | None:
    if not design.audience_name:
        return None
    return {"key": design.named_audience or None, "name": design.audience_name}


def _goal(use: GoalUse) -> DesignGoal:
    shown: DesignGoal = {"key": use.key, "role": use.role}
    if use.role is GoalRole.GUARDRAIL:
        shown["margin"] = percents(use.margin)
    if use.cap is not None:
        shown["cap"] = use.cap
    return shown


def _variant(variant: VariantDesign) -> VariantShown:
    return {
        "key": variant.key,
        "name": variant.name,
        "weight": variant.weight,
        "value": variant.value,
    }
