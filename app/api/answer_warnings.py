"""What an answer warns of: a start that can never measure anything, and what was not heeded."""

from collections.abc import Sequence

from app.lifecycle import SPLIT_FAULTS
from app.models import SplitFault


def beside(fault: SplitFault | None, unheeded: Sequence[str] = ()) -> dict[str, object]:
    """Return one more member, `warnings`, and none where there is nothing to warn of.

    `unheeded` are names of what was sent and is not understood.
    """
    started = [{"code": fault, "detail": SPLIT_FAULTS[fault]}] if fault else []
    warnings = [*started, *(_of_unheeded(name) for name in unheeded)]
    return {"warnings": warnings} if warnings else {}


def _of_unheeded(name: str) -> dict[str, str]:
    return {"code": "not_understood", "detail": f"{name} is not understood, and was not heeded."}
