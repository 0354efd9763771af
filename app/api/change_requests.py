"""The extras of a status change: a reason, an outcome, and the version that the asker saw.

Neither contract knows these. A client of either leaves them out, and nothing is different for it.
"""

from datetime import datetime

from flask import request
from pydantic import BaseModel, StrictStr

from app.core.version_tokens import moment_of
from app.lifecycle import ChangeRequest, Offer
from app.models import Conclusion


class NotedBody(BaseModel):
    """The optional member of a change: why."""

    reason: StrictStr | None = None


class EndingBody(NotedBody):
    """The optional members of a change that may end an experiment: why, and how it ended."""

    outcome: Conclusion | None = None


def change_request(
    offer: Offer, reason: str | None, outcome: Conclusion | None = None
) -> ChangeRequest:
    """Return the request; If-Match carries the version token of the experiment looked at."""
    return ChangeRequest(offer, reason or "", outcome, expected())


def expected() -> datetime | None:
    """Return the moment in the If-Match header, None without one; no token matches nothing."""
    token = request.headers.get("If-Match", "").strip().strip('"')
    if token in {"", "*"}:
        return None
    return moment_of(token)
