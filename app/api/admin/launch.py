"""The launch check, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.api.admin import callers
from app.experiments import lookup
from app.launch import check
from app.launch.check import Check

blueprint = Blueprint("launch_check", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)


@operations.get("/experiments/<experiment:public_id>/launch-check")
def show(caller: Caller, public_id: str) -> ResponseReturnValue:
    """Return what this experiment lacks before it goes live; nothing is started.

    Each of the `checks` has its `code`, its `state`, a sentence in `detail`, and in `mend` where it
    is mended, null where all is well. That of the page names the `others` that test it.
    """
    experiment = lookup.by_public_id(caller.project_id, public_id)
    found = check.of(experiment)
    return jsonify(id=public_id, checks=[_shown(each) for each in found.checks])


def _shown(line: Check) -> dict[str, object]:
    others = [{"id": other.public_id, "name": other.name} for other in line.others]
    return {
        "code": line.code,
        "state": line.state,
        "detail": line.sentence,
        "mend": line.mend,
        **({"others": others} if others else {}),
    }
