"""The audiences that the project keeps by name, for programs."""

from typing import Annotated, Literal

from flask import Blueprint, url_for
from pydantic import Field
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import audiences
from app.api.admin import contract
from app.api.answers import Answer, CreatedTagged, Tagged
from app.api.audiences import ConditionBody, ReachShown, ShownAudience
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.shapes import KeyOrNone, Name
from app.core.errors import AlreadyExists
from app.core.version_tokens import Condition
from app.experiments import named_audiences
from app.experiments.audiences import conditions
from app.experiments.audiences.conditions import MOST_CONDITIONS, MOST_GROUPS
from app.experiments.named_audiences import Change
from app.models import Door, NamedAudience, Scope

blueprint = Blueprint("admin_audiences", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Audiences")

ONE = "/audiences/<audience_key>"
Rules = Annotated[
    list[Annotated[list[ConditionBody], Field(min_length=1, max_length=MOST_CONDITIONS)]],
    Field(min_length=1, max_length=MOST_GROUPS),
]


class NewAudienceBody(Body):
    """The body that keeps an audience under a name."""

    name: Name = Field(examples=["Mobile, Germany, product pages"])
    """Its name; no other audience of the project has it."""
    key: KeyOrNone = ""
    """Its key; by default made of the name."""
    audience: Rules = Field(
        examples=[[[{"attribute": "device", "operator": "is", "values": ["mobile"]}]]]
    )
    """Who that is: groups of conditions, of which all of one are met."""


class AudienceChangeBody(Body):
    """What changes of a named audience: what is not sent stays."""

    name: Name | None = Field(None, examples=["Mobile, Germany"])
    """Its new name."""
    audience: Rules | None = None
    """All of its groups of conditions."""


class NamedAudienceShown(TypedDict):
    """An audience of the project."""

    key: str
    """Its key, by which designs name it."""
    name: str
    """Its name."""
    audience: ShownAudience
    """Who that is: all conditions of one group are met."""


class ChangedAudience(NamedAudienceShown, Tried):
    """The audience as it is from now on, in all drafts that name it too."""


class AudienceDeleted(Tried):
    """An audience that the project does not keep any more."""

    key: str
    """The key that it had."""
    deleted: Literal[True]
    """Always true: what is not done is an error."""


class AudienceList(TypedDict):
    """The audiences of the project."""

    audiences: list[NamedAudienceShown]
    """By name."""


@operations.get("/audiences")
def list_audiences(caller: Caller) -> Answer[AudienceList]:
    """Return the audiences that the project keeps by name."""
    listed = named_audiences.listed(caller.project_id)
    return Answer({"audiences": [_shown(each) for each in listed]})


@operations.post("/audiences", Scope.WRITE, faults=(AlreadyExists,), gives=("audience_key", "key"))
def create_audience(caller: Caller, body: NewAudienceBody) -> CreatedTagged[ChangedAudience]:
    """Keep an audience under a name, for designs to refer to."""
    actor, audience = caller.actor(Door.NAMES), audiences.read(body.audience)
    named = named_audiences.create(caller.project_id, body.name, audience, actor, body.key)
    address = url_for(".show_audience", audience_key=named.key)
    return CreatedTagged({**_shown(named)}, named_audiences.token_of(named), address)


@operations.get(ONE)
def show_audience(caller: Caller, audience_key: str) -> Tagged[NamedAudienceShown]:
    """Return one audience of the project."""
    named = named_audiences.by_key(caller.project_id, audience_key)
    return Tagged(_shown(named), named_audiences.token_of(named))


@operations.get(f"{ONE}/reach")
def show_audience_reach(caller: Caller, audience_key: str) -> Answer[ReachShown]:
    """Return how many of the visitors of the last 24 hours the audience covers."""
    named = named_audiences.by_key(caller.project_id, audience_key)
    return Answer(audiences.reach(caller.project_id, conditions.read(named.rules)))


@operations.patch(ONE, Scope.WRITE, faults=(AlreadyExists,))
def change_audience(
    caller: Caller, audience_key: str, body: AudienceChangeBody, condition: Condition
) -> Tagged[ChangedAudience]:
    """Change an audience's name or conditions, and with it all drafts that name it.

    What was started keeps the conditions and the name that it began with.
    """
    rules = None if body.audience is None else audiences.read(body.audience)
    asked, actor = Change(body.name, rules), caller.actor(Door.NAMES)
    named = named_audiences.change(caller.project_id, audience_key, asked, actor, condition)
    return Tagged({**_shown(named)}, named_audiences.token_of(named))


@operations.delete(ONE, Scope.WRITE)
def delete_audience(
    caller: Caller, audience_key: str, condition: Condition
) -> Answer[AudienceDeleted]:
    """Delete an audience that no draft names; what was started with it keeps its conditions."""
    actor = caller.actor(Door.NAMES)
    named_audiences.delete(caller.project_id, audience_key, actor, condition)
    return Answer({"key": audience_key, "deleted": True})


def _shown(named: NamedAudience) -> NamedAudienceShown:
    audience = audiences.shown(conditions.read(named.rules))
    return {"key": named.key, "name": named.name, "audience": audience}
