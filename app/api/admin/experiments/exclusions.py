"""The days that results leave out, for programs; the answer of a result names them."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field, StrictStr

from app.accounts.caller import Caller
from app.api import whole_numbers
from app.api.admin import contract
from app.api.admin.results.excluded import ExclusionShown, shown
from app.api.answers import CreatedVersioned, Versioned
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.shapes import NoteText
from app.core.validation import LARGEST_NUMBER
from app.experiments import lookup
from app.lifecycle import Precondition
from app.models import Door, Scope
from app.results import exclusions
from app.results.days import period
from app.results.exclusions import NewExclusion

blueprint = Blueprint("exclusions_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


AskedDay = Annotated[
    StrictStr, Field(min_length=10, max_length=10, json_schema_extra={"format": "date"})
]


class ExclusionBody(Body):
    """Days of a run that its result is to leave out, both included."""

    run: Annotated[int, whole_numbers.in_body("run", 1, LARGEST_NUMBER)] | None = None
    """The number of the run; by default the last that was started."""
    first_day: AskedDay | None = None
    """The first of them; by default the first of the run."""
    last_day: AskedDay | None = None
    """The last of them; by default all that are to come, too."""
    reason: NoteText
    """Why: whoever reads the result sees it."""


class ChangedExclusion(ExclusionShown, Tried):
    """What is left out from now on, or counted again."""


@operations.post("/experiments/<experiment:public_id>/exclusions", Scope.WRITE)
def leave_out(
    caller: Caller, public_id: str, body: ExclusionBody, expected: Precondition | None
) -> CreatedVersioned[ChangedExclusion]:
    """Leave days of a run out of its result; those who first came on them do not count."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    days = period.asked(body.first_day or "", body.last_day or "", exclusions.FIELDS)
    wanted, actor = NewExclusion(days, body.reason, body.run), caller.actor(Door.NAMES)
    made = exclusions.leave_out(caller.project_id, subject.test_id, wanted, actor, expected)
    return CreatedVersioned({**shown(made.exclusion)}, made.version)


@operations.delete(
    "/experiments/<experiment:public_id>/exclusions/<number:exclusion_id>", Scope.WRITE
)
def count_again(
    caller: Caller, public_id: str, exclusion_id: int, expected: Precondition | None
) -> Versioned[ChangedExclusion]:
    """Count days again that were left out."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    again = exclusions.count_again(
        caller.project_id, subject.test_id, exclusion_id, actor, expected
    )
    return Versioned({**shown(again.exclusion)}, again.version)
