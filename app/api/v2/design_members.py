"""Designs as this contract writes and reads them.

Its variants are what is done to a page, in `data`; here that is the one member of a variant's
value, which the site gets as it is, and acts upon. Where variants have such data, the control's is
empty.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from pydantic import StrictFloat, StrictInt, model_validator
from typing_extensions import TypedDict

from app.api import audiences, problems
from app.api.audiences import ShownAudience
from app.api.shapes import NameOrNone, Percentage
from app.api.v2 import goal_members, targeting
from app.api.v2.goal_members import MeasuredGoal
from app.api.v2.shapes import OpenBody
from app.api.v2.targeting import PageUrl, PageUrls, Targeting, TargetingBody
from app.core.validation import basis_points, percents
from app.experiments import designs
from app.experiments.audiences import conditions
from app.experiments.designs import Design, VariantDesign
from app.models import GoalRole, Run, RunGoal, Variant
from app.results.statistics.sequential import ERROR_RATE

CONFIDENCE_PERCENT = round((1 - ERROR_RATE) * 100)
_CONTROL = "control"
_DATA = "data"


class CodedVariantBody(OpenBody):
    """A treatment; people call it by its `nickname`, where it has one."""

    name: NameOrNone
    """Its name; `control` is none of a treatment."""
    nickname: NameOrNone | None = None
    """What people call it by, in place of `name`."""
    data: list[object] | None = None
    """What is done to the page: its visitors get it as it is, in an object, as `data`."""

    @model_validator(mode="after")
    def _is_treatment(self) -> Self:
        if self.name.strip().lower() == _CONTROL:
            raise problems.fault("variants are the treatments alone: the control is added to them.")
        return self

    def changed(self, variant: VariantDesign) -> VariantDesign:
        """Return a variant with what was sent; without data it keeps its value."""
        value = variant.value if self.data is None else _with_data(self.data)
        return replace(variant, name=self.nickname or self.name, value=value)


class CodedConfigurationBody(OpenBody):
    """Who takes part, in percent of those whom it is for, and how sure a verdict is."""

    traffic_allocation: Percentage | None = None
    """How many of the visitors take part, in percent with two decimals at most."""
    confidence_interval: StrictInt | StrictFloat | None = None
    """Always 95: any other is not heeded."""

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Return the names of what is not heeded: also of any confidence but ours."""
        is_ours = self.confidence_interval in (None, CONFIDENCE_PERCENT)
        return (*super().unheeded, *(() if is_ours else ("confidence_interval",)))


class DesignBody(OpenBody):
    """The members of a design; one that is not sent stays as it is."""

    variants: list[CodedVariantBody] | None = None
    """The treatments, at most 9: the control is added to them."""
    configuration: CodedConfigurationBody | None = None
    """How many take part."""
    page_urls: PageUrls | None = None
    """On which pages: addresses, or each with its rule; on all, if empty."""
    targeting: TargetingBody | None = None
    """Who takes part."""

    @property
    def says_anything(self) -> bool:
        """Return whether any of it was sent."""
        countries = self.targeting.allowed_country if self.targeting else None
        parts = (self.variants, self._share, self.page_urls, countries)
        return any(part is not None for part in parts)

    def changed(self, design: Design) -> Design:
        """Return a design with what was sent; InvalidInput for a share finer than 0.01 %."""
        if self.variants is not None:
            design = replace(design, variants=_changed_variants(design.variants, self.variants))
        audience = targeting.changed(design.audience, self.page_urls, self.targeting)
        if audience != design.audience:
            design = design.with_own_audience(audience)
        if self._share is None:
            return design
        traffic = basis_points(str(self._share), "traffic_allocation")
        return replace(design, traffic_allocation=traffic)

    @property
    def _share(self) -> int | float | None:
        return self.configuration.traffic_allocation if self.configuration else None


class CodedVariant(TypedDict):
    """A variant; `key`, `value` and `traffic_weight` are members of ours."""

    variant_id: int
    """Its number: 1 is the control."""
    name: str
    """Its name."""
    customCSS: str
    """Always empty: what is done to the page is in `data`."""
    customJS: str
    """Always empty: what is done to the page is in `data`."""
    data: list[object]
    """What is done to the page; empty where its value is another one than that."""
    key: str
    """Its key."""
    value: object
    """What its visitors get."""
    traffic_weight: float
    """Its share of the visitors, in percent."""


class CodedConfiguration(TypedDict):
    """Who takes part, in percent of those whom it is for, and how sure a verdict is."""

    traffic_allocation: float
    """How many of the visitors take part, in percent."""
    confidence_interval: int
    """Always 95."""


class UsedGoal(MeasuredGoal):
    """A goal of an experiment."""

    role: GoalRole
    """What it is measured for."""
    cap: float | None
    """The most that one visitor counts for; null of a goal that neither counts nor sums up."""


class CodedDesign(TypedDict):
    """A design."""

    goal_profile_id: int | None
    """Of the primary goal."""
    variants: list[CodedVariant]
    """The control first."""
    configuration: CodedConfiguration
    """Who takes part, and how sure a verdict is."""
    page_urls: list[PageUrl]
    """On which pages; empty where it is not by pages and countries alone."""
    targeting: Targeting
    """By country."""
    audience: ShownAudience
    """Who takes part, whole: all conditions of one group are met; everybody, if it is empty."""
    primary_goal: UsedGoal | None
    """The goal that decides; null without one."""
    secondary_goals: list[UsedGoal]
    """All other goals, guardrails too."""


def shown(run: Run) -> CodedDesign:
    """Return the design of a run as it is sent."""
    primary = next((goal for goal in run.goals if goal.role is GoalRole.PRIMARY), None)
    audience = conditions.read(run.audience)
    return {
        "goal_profile_id": primary.goal.id if primary else None,
        "variants": [_shown_variant(variant) for variant in run.variants],
        "configuration": {
            "traffic_allocation": percent(run.traffic_allocation),
            "confidence_interval": CONFIDENCE_PERCENT,
        },
        "page_urls": targeting.shown_pages(audience),
        "targeting": targeting.shown_countries(audience),
        "audience": audiences.shown(audience),
        "primary_goal": _shown_goal(primary) if primary else None,
        "secondary_goals": [_shown_goal(goal) for goal in run.goals if goal is not primary],
    }


def percent(share: int) -> int | float:
    """Return a share in basis points as percent: a whole number where it is one."""
    in_percent = percents(share)
    return int(in_percent) if in_percent.is_integer() else in_percent


def _changed_variants(
    present: Sequence[VariantDesign], sent: Sequence[CodedVariantBody]
) -> tuple[VariantDesign, ...]:
    """Return the control, and the treatments that were sent.

    As many as there were keep their keys and shares; otherwise all get even ones.
    """
    if len(present) != len(sent) + 1:
        present = _afresh(present[0], len(sent))
    control, *treatments = present
    changed = [body.changed(each) for body, each in zip(sent, treatments, strict=True)]
    return _filled(control, changed)


def _afresh(control: VariantDesign, treatments: int) -> list[VariantDesign]:
    share, *others = designs.even_shares(treatments + 1)
    made = [VariantDesign(f"variant-{number}", each) for number, each in enumerate(others, 1)]
    return [replace(control, weight=share), *made]


def _filled(
    control: VariantDesign, treatments: Sequence[VariantDesign]
) -> tuple[VariantDesign, ...]:
    """Return the variants with empty data for those without, where one of them has data."""
    has_data = any(_data_of(each.value) is not None for each in treatments)
    if not has_data:
        is_left = _data_of(control.value) is not None
        return (replace(control, value=None) if is_left else control, *treatments)
    control = replace(control, value=_with_data(_data_of(control.value) or []))
    return (control, *(replace(each, value=_filled_value(each.value)) for each in treatments))


def _filled_value(value: object) -> object:
    data = [] if value is None else _data_of(value)
    return value if data is None else _with_data(data)


def _with_data(data: list[object]) -> object:
    return {_DATA: data}


def _data_of(value: object) -> list[object] | None:
    """Return the data that a value consists of, as it did by itself in versions before."""
    data = value[_DATA] if isinstance(value, dict) and value.keys() == {_DATA} else value
    return data if isinstance(data, list) else None


def _shown_variant(variant: Variant) -> CodedVariant:
    return {
        "variant_id": variant.position + 1,
        "name": variant.name,
        "customCSS": "",
        "customJS": "",
        "data": _data_of(variant.value) or [],
        "key": variant.key,
        "value": variant.value,
        "traffic_weight": percent(variant.weight),
    }


def _shown_goal(use: RunGoal) -> UsedGoal:
    goal = use.goal
    return {
        **goal_members.of(goal),
        "role": use.role,
        "cap": use.cap,
    }
