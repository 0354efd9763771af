"""Preview links of an experiment, for programs."""

from typing import Annotated

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import whole_numbers
from app.api.admin import contract
from app.api.answers import Answer, Versioned
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.queries import Query
from app.experiments import designs, lookup, preview_links
from app.lifecycle import Precondition, RefusalCode
from app.models import Door, Scope
from app.serving import previews
from app.serving.previews import DAYS, LONGEST_DAYS

blueprint = Blueprint("previews", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


class LinksQuery(Query):
    """For how long the links are to work."""

    days: Annotated[int, whole_numbers.in_query("days", 1, LONGEST_DAYS)] = DAYS
    """For how many days."""


class PreviewLink(TypedDict):
    """The link to one variant."""

    key: str
    """Its key."""
    name: str
    """Its name."""
    preview_url: str | None
    """The page's address with what shows the variant; null without a page, and once archived."""


class PreviewLinks(TypedDict):
    """The links to the variants of an experiment."""

    id: str
    """The experiment's `exp_` id."""
    page_url: str
    """The address of the page that it tests."""
    expires_at: Written
    """When the links end."""
    variants: list[PreviewLink]
    """One link for each variant, the control first."""


class LinksTakenBack(Tried):
    """An experiment of which no preview link that was handed out works any more."""

    id: str
    """The experiment's `exp_` id."""


PATH = "/experiments/<experiment:public_id>/preview-urls"


@operations.get(PATH)
def show_links(caller: Caller, public_id: str, query: LinksQuery) -> Answer[PreviewLinks]:
    """Return links that show each variant on the live site, whether it runs or not.

    They are made anew with each request, for so many days, and kept nowhere.
    """
    experiment = lookup.by_public_id(caller.project_id, public_id)
    links = previews.links(experiment, designs.current(experiment.test_id), query.days)
    variants: list[PreviewLink] = [
        {"key": each.key, "name": each.name, "preview_url": each.address} for each in links.variants
    ]
    return Answer(
        {
            "id": public_id,
            "page_url": experiment.url,
            "expires_at": written(links.expires_at),
            "variants": variants,
        }
    )


@operations.delete(PATH, Scope.WRITE, faults=(RefusalCode.INVALID_TRANSITION,))
def take_back_links(
    caller: Caller, public_id: str, expected: Precondition | None
) -> Versioned[LinksTakenBack]:
    """End all preview links that were handed out so far; those that are made from now on work."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    version = preview_links.take_back(caller.project_id, subject.test_id, actor, expected)
    return Versioned({"id": public_id}, version)
