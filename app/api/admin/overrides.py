"""Another limit for one project than its plan's, for admins who are signed in."""

from collections.abc import Sequence

from flask import Blueprint
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.admin.projects import SlotsShown, slots_shown
from app.api.answers import Answer, Changed
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.moments import Moment
from app.api.shapes import Count, NoteText
from app.models import Door, Role
from app.tenancy import overrides
from app.tenancy.agreements import Start

blueprint = Blueprint("overrides_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Project")


class OverrideBody(Body):
    """Another limit, until when, and why."""

    experiments_running: Count | None
    """How many may run at once; null for no limit."""
    until: Moment
    """Until when, two years ahead at most."""
    reason: NoteText
    """Why: the project's members see it."""


class LimitShown(TypedDict):
    """A project's limit now."""

    id: str
    """The project's key."""
    slots: SlotsShown | None
    """Its slots; null where the plan cannot be read."""


class QueuedStarted(TypedDict):
    """An experiment that has started from the queue."""

    test_id: int
    """Its number."""
    name: str
    """Its name."""


class LimitChanged(LimitShown, Tried):
    """A project's limit now, and what has started by that."""

    started: list[QueuedStarted]
    """What has waited for a slot and has one now."""


@operations.get("/projects/<project_key>/override")
def show_override(caller: Caller) -> Answer[LimitShown]:
    """Return a project's limit, and until when it is another than its plan's."""
    return Answer(_limit(caller))


@operations.put("/projects/<project_key>/override", role=Role.OWNER)
def give_override(caller: Caller, body: OverrideBody) -> Changed[LimitChanged]:
    """Give a project another limit until a moment; what waits for a slot takes those it brings.

    With `dry_run` it says what would start, and changes nothing. Nothing is stopped when the time
    is up.
    """
    limit, actor = body.experiments_running, caller.actor(Door.NAMES)
    effects = overrides.give(caller.project_key, limit, body.until, body.reason, actor)
    return Changed({**_limit(caller), "started": _named(effects.started)})


@operations.delete("/projects/<project_key>/override", role=Role.OWNER)
def take_back_override(caller: Caller) -> Changed[LimitChanged]:
    """Let the limit of the project's plan count again, before the time is up."""
    effects = overrides.take_back(caller.project_key, caller.actor(Door.NAMES))
    return Changed({**_limit(caller), "started": _named(effects.started)})


def _limit(caller: Caller) -> LimitShown:
    slots = lifecycle.slots_of(caller.project_id)
    return {"id": caller.project_key, "slots": slots_shown(slots) if slots else None}


def _named(starts: Sequence[Start]) -> list[QueuedStarted]:
    return [{"test_id": each.test_id, "name": each.name} for each in starts]
