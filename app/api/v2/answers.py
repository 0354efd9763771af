"""The answers of this contract: `success`, and what to warn of where there is anything."""

from collections.abc import Sequence

from flask import Response, jsonify

from app.api import answer_warnings, answers, unheeded
from app.api.answer_warnings import AnswerWarning
from app.models import SplitFault


def read(**members: object) -> Response:
    """Return the members of what was read, as JSON."""
    return jsonify(success=True, **members, **answer_warnings.beside(None, unheeded.noted()))


def changed(
    entry_id: int | None = None,
    split_fault: SplitFault | None = None,
    version: int | None = None,
    others: Sequence[AnswerWarning] = (),
    /,
    **members: object,
) -> Response:
    """Return the members of what was changed, as `answers.changed` does.

    `others` is what it warns of besides a start that measures nothing and what was not heeded.
    """
    warnings = answer_warnings.beside(split_fault, unheeded.noted(), others)
    return answers.changed(entry_id, version, success=True, **members, **warnings)
