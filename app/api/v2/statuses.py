"""The actions that this contract's integers ask for, and the statuses that it hides."""

from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from app.api import problems
from app.lifecycle import Action, Offer
from app.models import Status

CODES = {Status.RUNNING: 1, Status.STOPPED: 0, Status.DRAFT: 9}
CODE_NAMES = {Status.RUNNING: "live (1)", Status.STOPPED: "inactive (0)", Status.DRAFT: "draft (9)"}
HIDDEN = frozenset({Status.ARCHIVED})

OFFERS = {
    1: Offer(
        Status.RUNNING,
        {Status.DRAFT: Action.START, Status.STOPPED: Action.RESUME},
        is_repeatable=True,
        hidden=HIDDEN,
    ),
    0: Offer(
        Status.STOPPED,
        {Status.RUNNING: Action.PAUSE, Status.DRAFT: Action.UNREDRAFT},
        is_repeatable=True,
        # What is deactivated is off: nobody gets a variant of it.
        ends_serving=True,
        hidden=HIDDEN,
    ),
    9: Offer(Status.DRAFT, {Status.STOPPED: Action.REDRAFT}, is_repeatable=True, hidden=HIDDEN),
}

DELETION = Offer(
    Status.ARCHIVED,
    {Status.STOPPED: Action.ARCHIVE, Status.DRAFT: Action.DISCARD},
    hidden=HIDDEN,
)
"""What this contract means by deleting: what is archived does not exist for it any more."""

BAD_STATUS = problems.fault("Invalid status value: must be 0, 1, or 9.")


def _code(sent: object) -> object:
    # JSON's 1.0 and true are no codes, though Python takes them for 1.
    if type(sent) is not int or sent not in OFFERS:
        raise BAD_STATUS
    return sent


Code = Annotated[
    int, BeforeValidator(_code), WithJsonSchema({"type": "integer", "enum": sorted(OFFERS)})
]
"""A status as a member of a body."""
