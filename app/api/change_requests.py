"""The extras of a status change: a reason, and an outcome.

Neither contract knows these. A client of either leaves them out, and nothing is different for it.
"""

from pydantic import BaseModel

from app.api.shapes import ReasonText
from app.lifecycle import RefusalCode
from app.models import Conclusion

STATUS_REFUSALS = (
    RefusalCode.INVALID_TRANSITION,
    RefusalCode.NOT_RUNNING,
    RefusalCode.RUNNING_ARCHIVE,
    RefusalCode.ARCHIVED_RESTART,
    RefusalCode.PLAN_LIMIT,
    RefusalCode.PLAN_UNREADABLE,
)
"""What a change of one status may be refused for."""


class NotedBody(BaseModel):
    """The optional member of a change: why."""

    reason: ReasonText | None = None
    """Why, for the history."""


class EndingBody(NotedBody):
    """The optional members of a change that may end an experiment: why, and how it ended."""

    outcome: Conclusion | None = None
    """How it ended: only where it is archived."""
