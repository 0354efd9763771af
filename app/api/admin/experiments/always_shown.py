"""Who always sees a variant, by their ids, for programs."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field, StrictStr
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Versioned
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.core.errors import UnknownReference
from app.core.validation import LONGEST_UNIT
from app.experiments import always_shown, designs, lookup
from app.experiments.always_shown import MOST, Units
from app.lifecycle import Precondition, RefusalCode
from app.models import Door, Scope

blueprint = Blueprint("always_shown_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")

Unit = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_UNIT)]


class AlwaysShownBody(Body):
    """Who is always to see which variant: these, and nobody else."""

    units: Annotated[
        dict[str, list[Unit]],
        Field(
            description="By the variant's key, the ids of visitors that always see it, as the site"
            f" sends them; at most {MOST} in all.",
            examples=[{"treatment": ["qa-anna", "qa-ben"]}],
        ),
    ]


class AlwaysShown(TypedDict):
    """Who always sees which variant."""

    id: str
    """The experiment's `exp_` id."""
    units: Units
    """The ids of visitors, by the key of the variant that they always see."""


class AlwaysShownChanged(AlwaysShown, Tried):
    """Who always sees which variant from now on."""


PATH = "/experiments/<experiment:public_id>/always-shown"


@operations.get(PATH)
def show_always_shown(caller: Caller, public_id: str) -> Versioned[AlwaysShown]:
    """Return who always sees which variant of an experiment while it runs."""
    experiment = lookup.by_public_id(caller.project_id, public_id)
    variants = [each.key for each in designs.current(experiment.test_id).variants]
    units = always_shown.of(experiment, variants)
    return Versioned({"id": public_id, "units": units}, experiment.version)


@operations.put(PATH, Scope.WRITE, faults=(UnknownReference, RefusalCode.INVALID_TRANSITION))
def put_always_shown(
    caller: Caller, public_id: str, body: AlwaysShownBody, expected: Precondition | None
) -> Versioned[AlwaysShownChanged]:
    """Say who always sees which variant, whatever audience and traffic are, and counts nowhere.

    At any time before it is archived; it takes the place of what was said before.
    """
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    changed = always_shown.change(caller.project_id, subject.test_id, body.units, actor, expected)
    return Versioned({"id": public_id, "units": changed.units}, changed.version)
