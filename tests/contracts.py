"""Asking for a status as a client of each contract does, past HTTP."""

from datetime import datetime
from enum import StrEnum

from app.api.admin import statuses as admin
from app.api.v2 import statuses as v2
from app.lifecycle import ChangeRequest, Offer
from app.lifecycle.preconditions import unchanged_since
from app.models import Conclusion, Status


class Contract(StrEnum):
    """The two contracts: by integer under /v2, by name under /api/admin."""

    INTEGERS = "integers"
    NAMES = "names"


def offer(target: Status, contract: Contract) -> Offer:
    """Return what the contract means by asking for a status; /v2 has no integer for archived."""
    if contract is Contract.NAMES:
        return admin.OFFERS[target]
    code = v2.CODES.get(target)
    return Offer(target, {}, hidden=v2.HIDDEN) if code is None else v2.OFFERS[code]


def wish(
    target: Status,
    contract: Contract,
    reason: str = "",
    conclusion: Conclusion | None = None,
    expected: datetime | None = None,
) -> ChangeRequest:
    """Return the request of somebody who asks for a status by that contract."""
    seen = None if expected is None else unchanged_since(expected)
    return ChangeRequest(offer(target, contract), reason, conclusion, seen)
