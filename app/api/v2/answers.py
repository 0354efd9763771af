"""What every success of this contract has: `success`, and what to warn of where there is any."""

from collections.abc import Sequence
from typing import Literal

from app.api import answer_warnings, unheeded
from app.api.answer_warnings import AnswerWarning, Warned
from app.models import SplitFault


class Success(Warned):
    """What every success has."""

    success: Literal[True]
    """Always true: what is not done is an error."""


def success(split_fault: SplitFault | None = None, others: Sequence[AnswerWarning] = ()) -> Success:
    """Return the members of every success.

    `others` is what it warns of besides a start that measures nothing and what was not heeded.
    """
    return {"success": True, **answer_warnings.beside(split_fault, unheeded.noted(), others)}
