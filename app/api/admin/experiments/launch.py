"""The launch check, for programs."""

from typing import NotRequired

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Answer
from app.experiments import lookup
from app.launch import check
from app.launch.check import Check, Code, Mend, State
from app.web.settings import knows_countries

blueprint = Blueprint("launch_check", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


class OtherOnPage(TypedDict):
    """A live experiment that tests the same page."""

    id: str
    """The experiment's `exp_` id."""
    name: str
    """Its name."""


class CheckedLine(TypedDict):
    """One thing that was looked at."""

    code: Code
    """What was looked at."""
    state: State
    """Whether all is well."""
    detail: str
    """What was found, in a sentence."""
    mend: Mend | None
    """Where it is mended; null where all is well."""
    others: NotRequired[list[OtherOnPage]]
    """Of the page: the live experiments that test the same."""


class LaunchChecked(TypedDict):
    """What an experiment lacks before it goes live."""

    id: str
    """The experiment's `exp_` id."""
    checks: list[CheckedLine]
    """What was looked at, line by line."""


@operations.get("/experiments/<experiment:public_id>/launch-check")
def check_launch(caller: Caller, public_id: str) -> Answer[LaunchChecked]:
    """Return what this experiment lacks before it goes live; nothing is started.

    Each of the `checks` has its `code`, its `state`, a sentence in `detail`, and in `mend` where it
    is mended, null where all is well. That of the page names the `others` that test it.
    """
    experiment = lookup.by_public_id(caller.project_id, public_id)
    found = check.of(experiment, knows_countries=knows_countries())
    return Answer({"id": public_id, "checks": [_shown(each) for each in found.checks]})


def _shown(line: Check) -> CheckedLine:
    shown: CheckedLine = {
        "code": line.code,
        "state": line.state,
        "detail": line.sentence,
        "mend": line.mend,
    }
    if line.others:
        shown["others"] = [{"id": other.public_id, "name": other.name} for other in line.others]
    return shown
