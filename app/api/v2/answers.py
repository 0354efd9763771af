"""The answers of this contract: `success`, and what to warn of where there is anything."""

from flask import Response, jsonify

from app.api import answer_warnings, answers, unheeded
from app.models import SplitFault


def read(**members: object) -> Response:
    """Return the members of what was read, as JSON."""
    return jsonify(success=True, **members, **answer_warnings.beside(None, unheeded.noted()))


def changed(
    entry_id: int | None = None,
    split_fault: SplitFault | None = None,
    version: int | None = None,
    /,
    **members: object,
) -> Response:
    """Return the members of what was changed, as `answers.changed` does."""
    warnings = answer_warnings.beside(split_fault, unheeded.noted())
    return answers.changed(entry_id, version, success=True, **members, **warnings)
