"""What an answer warns of: a start that can never measure anything, and what was not heeded."""

from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from app.lifecycle import SPLIT_FAULTS
from app.models import SplitFault


class AnswerWarning(TypedDict):
    """Something that was done, or not, and may not be what was meant."""

    code: SplitFault | Literal["not_understood", "no_goal"]
    """Its kind; stable, for programs."""
    detail: str
    """One sentence."""


class Warned(TypedDict, total=False):
    """What an answer has where there is something to warn of, and only there."""

    warnings: list[AnswerWarning]
    """Only where there is something to warn of."""


def beside(
    fault: SplitFault | None, unheeded: Sequence[str] = (), others: Sequence[AnswerWarning] = ()
) -> Warned:
    """Return one more member, `warnings`, and none where there is nothing to warn of.

    `unheeded` are names of what was sent and is not understood.
    """
    started: list[AnswerWarning] = [{"code": fault, "detail": SPLIT_FAULTS[fault]}] if fault else []
    warnings = [*started, *others, *(_of_unheeded(name) for name in unheeded)]
    return {"warnings": warnings} if warnings else {}


def _of_unheeded(name: str) -> AnswerWarning:
    return {"code": "not_understood", "detail": f"{name} is not understood, and was not heeded."}
