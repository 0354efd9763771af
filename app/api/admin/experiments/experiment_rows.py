"""Experiments as /api/admin shows them: in our words, and in those of the contract's clients."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.admin.experiments import next_steps
from app.api.admin.experiments.designs import DesignShown
from app.api.admin.experiments.designs import shown as shown_design
from app.api.admin.experiments.next_steps import NextSteps
from app.api.admin.experiments.texts import TextsShown
from app.api.admin.experiments.texts import shown as shown_texts
from app.api.moments import Written, written
from app.experiments import designs, lookup, texts
from app.models import Conclusion, Experiment, Run, Status


class ShippedVariant(TypedDict):
    """A variant that everybody gets, without a slot, and without being counted."""

    variant: str
    """Its key."""
    name: str
    """Its name."""
    since: Written
    """Since when."""


class _OwnWords(TypedDict):
    id: str
    """Its `exp_` id."""
    test_id: int
    """Its number."""
    key: str
    """Its key, by which sites ask for it."""
    status: Status
    """The status that it has now."""
    stamp: str
    """Another after each change of the status, and of what is decided."""
    version: int
    """Another after each change of anything."""
    outcome: Conclusion | None
    """How it ended; null where nobody said."""
    shipped: ShippedVariant | None
    """The variant that everybody gets; null where nobody does."""
    created_at: Written
    """When it was made."""
    updated_at: Written
    """When anything of it last changed."""
    started_at: Written | None
    """When it was first started; null before that, and for a draft again."""
    stopped_at: Written | None
    """When it was paused; null where it is not."""


class Group(TypedDict):
    """A variant, as the contract's clients know it."""

    name: str
    """Its key."""
    weight: int
    """Its share of the visitors, of 10,000."""
    params: object
    """What its visitors get."""


class _TheirWords(TypedDict):
    tag: str | None
    """The first of the tags."""
    ownerEmail: str | None
    """As `owner`."""
    allocationPct: int
    """Of 10,000."""
    salt: str
    """What splits the visitors."""
    groups: list[Group]
    """As `variants`."""
    minRuntimeDays: int
    """As `minimum_days`."""
    minSampleSize: int
    """As `minimum_visitors`."""
    startedAt: Written | None
    """As `started_at`."""
    stoppedAt: Written | None
    """As `stopped_at`."""
    updatedAt: Written
    """As `updated_at`."""


class ExperimentShown(_OwnWords, TextsShown, DesignShown, _TheirWords, NextSteps):
    """An experiment, with its design and what may be done with it now."""


def shown(caller: Caller, experiments: Sequence[Experiment]) -> list[ExperimentShown]:
    """Return each experiment as it is sent, with its design and what may be done with it now."""
    runs = designs.current_of([each.test_id for each in experiments])
    return [
        _row(each, runs[each.test_id], steps)
        for each, steps in next_steps.beside(caller, experiments)
    ]


def _row(experiment: Experiment, run: Run, steps: NextSteps) -> ExperimentShown:
    said = shown_texts(texts.of(experiment))
    return {
        **_own_words(experiment),
        **said,
        **shown_design(designs.of(run)),
        **_their_words(experiment, said, run),
        **steps,
    }


def _own_words(experiment: Experiment) -> _OwnWords:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "status": experiment.status,
        "stamp": lookup.subject(experiment).status_token,
        "version": experiment.version,
        "outcome": experiment.conclusion,
        "shipped": _shipped(experiment),
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
        "started_at": written(experiment.started_at),
        "stopped_at": written(experiment.stopped_at),
    }


def _shipped(experiment: Experiment) -> ShippedVariant | None:
    if not experiment.is_shipped:
        return None
    variant, name = experiment.shipped_variant or "", experiment.shipped_name or ""
    return {"variant": variant, "name": name, "since": written(experiment.changed_at)}


def _their_words(experiment: Experiment, said: TextsShown, run: Run) -> _TheirWords:
    """Return what the contract's clients call it; `allocationPct` is in basis points.

    What is no object is the value of the one parameter that such a group has.
    """
    has_objects = all(isinstance(each.value, dict) for each in run.variants)
    return {
        "tag": next(iter(said["tags"]), None),
        "ownerEmail": said["owner"],
        "allocationPct": run.traffic_allocation,
        "salt": run.salt,
        "groups": [
            {
                "name": each.key,
                "weight": each.weight,
                "params": each.value if has_objects else {"value": each.value},
            }
            for each in run.variants
        ],
        "minRuntimeDays": run.minimum_days,
        "minSampleSize": run.minimum_visitors,
        "startedAt": written(experiment.started_at),
        "stoppedAt": written(experiment.stopped_at),
        "updatedAt": written(experiment.updated_at),
    }
