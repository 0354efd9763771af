"""What the answer to a start says where what is started can never measure anything."""

from app.lifecycle import SPLIT_FAULTS
from app.models import SplitFault


def beside(fault: SplitFault | None) -> dict[str, object]:
    """Return one more member, `warnings`, and none for an ordinary start."""
    return {"warnings": [{"code": fault, "detail": SPLIT_FAULTS[fault]}]} if fault else {}
