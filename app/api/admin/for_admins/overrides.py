"""Another limit for one project than its plan's, for admins who are signed in."""

from flask import Blueprint
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Admin
from app.api.admin import contract
from app.api.admin.for_admins import effects
from app.api.admin.for_admins.effects import AgreeingBody, EffectsShown
from app.api.admin.for_admins.plans import LimitOrNone
from app.api.admin.project.projects import SlotsShown, slots_shown
from app.api.answers import Tagged
from app.api.bodies import OptionalBody
from app.api.dry_runs import TriedOfNoProject
from app.api.moments import Moment
from app.api.shapes import NoteText
from app.core.version_tokens import Condition
from app.tenancy import overrides, projects
from app.tenancy.agreements import Effects, NotAgreed
from app.tenancy.overrides import Grant

blueprint = Blueprint("overrides_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Plans")

ONE = "/projects/<project_key>/override"


class OverrideBody(AgreeingBody):
    """Another limit, until when, and why."""

    experiments_running: LimitOrNone
    """How many may run at once; null for no limit."""
    until: Moment
    """Until when, two years ahead at most."""
    reason: NoteText
    """Why: the project's members see it."""


class TakeBackBody(AgreeingBody, OptionalBody):
    """What is agreed to of the override's end."""


class LimitShown(TypedDict):
    """A project's limit now."""

    id: str
    """The project's key."""
    slots: SlotsShown | None
    """Its slots; null where the plan cannot be read."""


class LimitChanged(LimitShown, EffectsShown, TriedOfNoProject):
    """A project's limit now, and what that has brought."""


@operations.get(ONE)
def show_override(project_key: str) -> Tagged[LimitShown]:
    """Return a project's limit, and until when it is another than its plan's."""
    return Tagged(_limit(project_key), _token(project_key))


@operations.put(ONE, faults=(NotAgreed,))
def give_override(
    caller: Admin, project_key: str, body: OverrideBody, condition: Condition
) -> Tagged[LimitChanged]:
    """Give a project another limit until a moment; what waits for a slot takes those it brings.

    Nothing is stopped where it is lower, nor when the time is up.
    """
    asked = Grant(body.experiments_running, body.until, body.reason)
    given = overrides.give(project_key, asked, caller.actor(), body.consent, condition)
    return _changed(project_key, given)


@operations.delete(ONE, faults=(NotAgreed,))
def take_back_override(
    caller: Admin, project_key: str, body: TakeBackBody, condition: Condition
) -> Tagged[LimitChanged]:
    """Let the limit of the project's plan count again, before the time is up."""
    taken = overrides.take_back(project_key, caller.actor(), body.consent, condition)
    return _changed(project_key, taken)


def _changed(project_key: str, brought: Effects) -> Tagged[LimitChanged]:
    members: LimitChanged = {**_limit(project_key), **effects.shown(brought)}
    return Tagged(members, _token(project_key))


def _token(project_key: str) -> str:
    return overrides.token_of(overrides.of(projects.by_key(project_key).id))


def _limit(project_key: str) -> LimitShown:
    slots = lifecycle.slots_of(projects.by_key(project_key).id)
    return {"id": project_key, "slots": slots_shown(slots) if slots else None}
