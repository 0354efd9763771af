"""Preview links of an experiment, for programs that ask for a status by integer."""

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api.answers import Answer
from app.api.moments import Written, written
from app.api.v2 import answers, contract
from app.api.v2.answers import Success
from app.api.v2.statuses import HIDDEN
from app.experiments import designs, lookup
from app.serving import previews

blueprint = Blueprint("v2_previews", __name__, url_prefix="/v2/project/<project_key>")
operations = contract.operations(blueprint, "V2")


class CodedPreview(TypedDict):
    """The link to one variant."""

    variant_id: int
    """Its place in the result, from 0, the control."""
    name: str
    """Its name."""
    preview_url: str | None
    """The page's address with what shows the variant; null where the experiment names no page."""


class CodedPreviews(Success):
    """The links to the variants of an experiment."""

    test_id: int
    """The experiment's number."""
    test_name: str
    """The experiment's name."""
    page_url: str
    """The address of the page that it tests."""
    expires_at: Written
    """When the links end."""
    variants: list[CodedPreview]
    """One link for each variant, the control first."""


@operations.get("/experiment/<test_id>/preview-urls")
def preview_urls(caller: Caller, test_id: str) -> Answer[CodedPreviews]:
    """Return links that show each variant on the live site, whether it runs or not.

    They are made anew with each request, and kept nowhere.
    """
    experiment = lookup.by_test_id(caller.project_id, test_id, HIDDEN)
    links = previews.links(experiment, designs.current(experiment.test_id))
    variants: list[CodedPreview] = [
        {"variant_id": position, "name": each.name, "preview_url": each.address}
        for position, each in enumerate(links.variants)
    ]
    return Answer(
        {
            **answers.success(),
            "test_id": experiment.test_id,
            "test_name": experiment.name,
            "page_url": experiment.url,
            "expires_at": written(links.expires_at),
            "variants": variants,
        }
    )
