"""What creates and revises an experiment: in our words, or in those of the contract's clients."""

from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, StrictStr, model_validator

from app.api import problems, shapes
from app.api.admin.experiments.designs import DesignBody, DesignGoalBody, VariantBody
from app.api.admin.experiments.texts import TextsBody
from app.api.bodies import Body
from app.api.shapes import BasisPoints, Count, EmailOrNone, Key, KeyOrNone, Name, Percentage, Tag
from app.core.validation import KEY_PATTERN
from app.experiments.creation import Draft
from app.experiments.designs import LONGEST_MINIMUM_DAYS
from app.experiments.revisions import Revision
from app.experiments.texts import FIELDS, Texts
from app.models import GoalRole


class GroupBody(Body):
    """A variant by its key: `weight` in basis points, and what its visitors get."""

    name: Key
    """Its key."""
    weight: BasisPoints
    """Its share of the visitors, of 10,000."""
    params: dict[StrictStr, object] = Field(default_factory=dict)
    """What its visitors get."""


class MetricBody(Body, json_schema_extra=shapes.one_of_both("event", "name")):
    """A goal of the project, by its key. It counts visitors, not events."""

    name: KeyOrNone | None = None
    """The goal's key, where `event` does not say it."""
    event: KeyOrNone | None = None
    """The goal's key."""
    aggregation: Literal["count_users"] = "count_users"
    """What is counted: visitors."""

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not self.key:
            raise problems.fault("Name the goal by its key, in event or name.")
        return self

    @property
    def key(self) -> str:
        """Return the goal's key."""
        return self.event or self.name or ""


class SpokenBody(TextsBody, DesignBody):
    """The members of an experiment, and the other names that the contract's clients have for them.

    What the contract knows and we do not may be sent as what it is here: one universe, and no
    gate, folder or unit to bucket by.
    """

    owner_email: EmailOrNone | None = None
    """In place of `owner`."""
    tag: Tag | None = None
    """In place of `tags`, where there is one."""
    groups: list[GroupBody] | None = None
    """In place of `variants`."""
    allocation_percent: Percentage | None = None
    """In place of `traffic_allocation`."""
    allocation_pct: BasisPoints | None = None
    """In place of `traffic_allocation`, of 10,000."""
    min_runtime_days: Annotated[StrictInt, shapes.whole(0, LONGEST_MINIMUM_DAYS)] | None = None
    """In place of `minimum_days`."""
    min_sample_size: Count | None = None
    """In place of `minimum_visitors`."""
    goal_metric: MetricBody | None = None
    """In place of the primary one of `goals`."""
    guardrail_metrics: list[MetricBody] | None = None
    """In place of the guardrails among `goals`."""
    universe: Literal["default"] | None = None
    """There is one alone."""
    bucket_by: None = None
    """Visitors are split by their unit: only null."""
    folder: None = None
    """There is none: only null."""
    holdout_gate: None = None
    """There is none: only null."""
    targeting_gate: None = None
    """There is none: only null."""

    @model_validator(mode="after")
    def _in_our_words(self) -> Self:
        said = set(self.model_fields_set)
        for theirs, (ours, translated) in _TRANSLATIONS.items():
            if getattr(self, theirs) is None and theirs not in said & _MAY_BE_NULL:
                continue
            if ours in said and not (theirs == _GUARDRAILS and _PRIMARY in said):
                raise problems.fault(f"{theirs} and {ours} say the same: send one of them.")
            setattr(self, ours, translated(self))
            said.add(ours)
        return self


def _variants(sent: SpokenBody) -> list[VariantBody]:
    """Return variants: where any group has params, these are the values of all of them."""
    groups = sent.groups or []
    has_values = any(group.params for group in groups)
    return [
        VariantBody(key=group.name, weight=group.weight, value=group.params if has_values else None)
        for group in groups
    ]


def _goals(sent: SpokenBody) -> list[DesignGoalBody]:
    primary = [DesignGoalBody(key=sent.goal_metric.key)] if sent.goal_metric else []
    guardrails = sent.guardrail_metrics or []
    return primary + [DesignGoalBody(key=each.key, role=GoalRole.GUARDRAIL) for each in guardrails]


_PRIMARY, _GUARDRAILS = "goal_metric", "guardrail_metrics"
_MAY_BE_NULL = frozenset({"owner_email", "tag"})
# By the contract's name: ours, and what it is in our words.
_TRANSLATIONS: dict[str, tuple[str, Callable[[SpokenBody], object]]] = {
    "owner_email": ("owner", lambda sent: sent.owner_email),
    "tag": ("tags", lambda sent: [sent.tag] if sent.tag else []),
    "groups": ("variants", _variants),
    "allocation_percent": ("traffic_allocation", lambda sent: sent.allocation_percent),
    "allocation_pct": ("traffic_allocation", lambda sent: (sent.allocation_pct or 0) / 100),
    "min_runtime_days": ("minimum_days", lambda sent: sent.min_runtime_days),
    "min_sample_size": ("minimum_visitors", lambda sent: sent.min_sample_size),
    _PRIMARY: ("goals", _goals),
    _GUARDRAILS: ("goals", _goals),
}


class CreateBody(SpokenBody):
    """The body that creates an experiment. A `name` that can be a key is the key, if none is sent.

    So a job that creates it once more is told that it exists.
    """

    name: Name
    """Its name, on one line."""
    key: KeyOrNone = ""
    """Its key; by default made of the name."""

    @property
    def draft(self) -> Draft:
        """Return what was sent."""
        key = self.key or (self.name if KEY_PATTERN.fullmatch(self.name) else "")
        return Draft(self.changed_texts(Texts("")), key, self.changed_design())


class RevisionBody(SpokenBody):
    """The members of an experiment that change; one that is not sent stays as it is."""

    name: Name = ""
    """Its name, on one line."""

    @property
    def revision(self) -> Revision:
        """Return what was sent of its texts, and of its design."""
        sent = self.model_fields_set
        return Revision(
            self.changed_texts if sent & set(FIELDS) else None,
            self.changed_design if sent & DesignBody.model_fields.keys() else None,
        )
