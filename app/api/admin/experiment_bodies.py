"""What creates and revises an experiment: in our words, or in those of the contract's clients."""

from collections.abc import Callable
from typing import Literal, Self

from pydantic import Field, StrictFloat, StrictInt, StrictStr, model_validator

from app.api import problems
from app.api.admin.designs import DesignBody, DesignGoalBody, VariantBody
from app.api.admin.texts import TextsBody
from app.api.bodies import Body
from app.core.validation import KEY_PATTERN
from app.experiments.creation import Draft
from app.experiments.revisions import Revision
from app.experiments.texts import FIELDS, Texts
from app.models import GoalRole


class GroupBody(Body):
    """A variant by its key: `weight` in basis points, and what its visitors get."""

    name: StrictStr
    weight: StrictInt
    params: dict[StrictStr, object] = Field(default_factory=dict)


class MetricBody(Body):
    """A goal of the project, by its key. It counts visitors, not events."""

    name: StrictStr | None = None
    event: StrictStr | None = None
    aggregation: Literal["count_users"] = "count_users"

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
    audience, gate, folder or unit to bucket by.
    """

    owner_email: StrictStr | None = None
    tag: StrictStr | None = None
    groups: list[GroupBody] | None = None
    allocation_percent: StrictInt | StrictFloat | None = None
    allocation_pct: StrictInt | None = None
    min_runtime_days: StrictInt | None = None
    min_sample_size: StrictInt | None = None
    goal_metric: MetricBody | None = None
    guardrail_metrics: list[MetricBody] | None = None
    universe: Literal["default"] | None = None
    audience: None = None
    bucket_by: None = None
    folder: None = None
    holdout_gate: None = None
    targeting_gate: None = None

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

    name: StrictStr
    key: StrictStr = ""

    @property
    def draft(self) -> Draft:
        """Return what was sent."""
        key = self.key or (self.name if KEY_PATTERN.fullmatch(self.name) else "")
        return Draft(self.changed_texts(Texts("")), key, self.changed_design())


class RevisionBody(SpokenBody):
    """The members of an experiment that change; one that is not sent stays as it is."""

    name: StrictStr = ""

    @property
    def revision(self) -> Revision:
        """Return what was sent of its texts, and of its design."""
        sent = self.model_fields_set
        return Revision(
            self.changed_texts if sent & set(FIELDS) else None,
            self.changed_design if sent & DesignBody.model_fields.keys() else None,
        )
