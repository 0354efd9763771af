"""What may go with a change of status: why, how the experiment ended, and what the asker saw.

Neither contract knows these. A client of either leaves them out, and nothing is different for it.
"""

from datetime import datetime

from flask import request
from pydantic import BaseModel, StrictStr

from app.core.version_tokens import moment_of
from app.lifecycle.rules import Contract, Wish
from app.models import Conclusion, Status


class NotedBody(BaseModel):
    """The optional members of a change."""

    reason: StrictStr | None = None
    outcome: Conclusion | None = None


def wish(target: Status, contract: Contract, body: NotedBody) -> Wish:
    """The wish for `target`; If-Match carries the stamp of the experiment that was looked at."""
    return Wish(target, contract, body.reason or "", body.outcome, seen())


def seen() -> datetime | None:
    """The moment in the If-Match header, None without one; what is no stamp matches nothing."""
    stamp = request.headers.get("If-Match", "").strip().strip('"')
    if stamp in {"", "*"}:
        return None
    return moment_of(stamp)
