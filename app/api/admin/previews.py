"""Preview links of an experiment, for programs."""

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Answer
from app.api.moments import Written, written
from app.experiments import designs, lookup
from app.serving import previews

blueprint = Blueprint("previews", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Experiments")


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


@operations.get("/experiments/<experiment:public_id>/preview-urls")
def preview_links(caller: Caller, public_id: str) -> Answer[PreviewLinks]:
    """Return links that show each variant on the live site, whether it runs or not.

    They are made anew with each request, and kept nowhere.
    """
    experiment = lookup.by_public_id(caller.project_id, public_id)
    links = previews.links(experiment, designs.current(experiment.test_id))
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
