"""What a change of plans brings, as programs are told, and how they agree to it beforehand."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from app.api.bodies import Body
from app.api.shapes import Asked
from app.tenancy.agreements import TO_ANY, Consent, Effects


class AgreeingBody(Body):
    """A change that may be bound to what a dry run has told of it."""

    agreed: Asked | None = None
    """The `agreement` of a dry run: where it brings anything else by now, 409. Null for any."""

    @property
    def consent(self) -> Consent:
        """Return what is agreed to."""
        return TO_ANY if self.agreed is None else Consent(self.agreed)


class StartShown(TypedDict):
    """An experiment that went live from the queue of its project."""

    test_id: int
    """Its number."""
    name: str
    """Its name."""
    project: str
    """The key of its project."""


class OverShown(TypedDict):
    """A project in which more is live than its new limit allows."""

    project: str
    """Its key."""
    name: str
    """Its name."""
    running: int
    """How many run."""
    limit: int
    """How many may."""


class BroughtShown(TypedDict):
    """What a change of plans has brought."""

    started: list[StartShown]
    """What went live from the queue, in the slots that were new."""
    over: list[OverShown]
    """The projects that came to be over their limit: nothing is stopped there."""


class EffectsShown(BroughtShown):
    """All that a change of plans has brought, and what agrees to that."""

    agreement: Annotated[
        str | None, Field(description="What agrees to exactly this; null where there is nothing.")
    ]


def shown(effects: Effects) -> EffectsShown:
    """Return all that was brought, as it is sent."""
    agreement = effects.token if effects != Effects() else None
    return {**brought(effects), "agreement": agreement}


def brought(effects: Effects) -> BroughtShown:
    """Return what was brought, as it is sent."""
    return {
        "started": [
            {"test_id": each.test_id, "name": each.name, "project": each.project_key}
            for each in effects.started
        ],
        "over": [
            {
                "project": each.project_key,
                "name": each.project_name,
                "running": each.running,
                "limit": each.limit,
            }
            for each in effects.over
        ],
    }
