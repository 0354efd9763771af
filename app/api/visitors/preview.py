"""What a preview link shows, for the page that it leads to: /preview/v1/<client key>."""

from flask import Blueprint
from typing_extensions import TypedDict

from app.api import queries
from app.api.answers import Answer
from app.api.moments import Written, written
from app.api.queries import Query
from app.api.shapes import Asked
from app.api.visitors import callers, contract, other_origins
from app.core.errors import Ended, NotFound
from app.experiments.designs import VariantDesign
from app.serving import previews

blueprint = Blueprint("preview", __name__, url_prefix="/preview/v1")
other_origins.open_to_listed(blueprint)
operations = contract.operations(blueprint, "")


class PreviewQuery(Query):
    """The link that is followed."""

    token: Asked = ""
    """What the link says in `switchyard_preview`."""


class PreviewVariant(TypedDict):
    """A variant that the page can show."""

    key: str
    """Its key."""
    name: str
    """Its name."""
    value: object
    """What its visitors get."""


class Preview(TypedDict):
    """What a preview link shows."""

    experiment: str
    """The experiment's key."""
    name: str
    """The experiment's name."""
    variants: list[PreviewVariant]
    """All of its variants, the control first."""
    variant: str
    """The key of the one that the link is for."""
    expires: Written
    """When the link ends."""


@operations.get("/<client_key>", PreviewQuery, faults=(NotFound, Ended))
def preview(client_key: str) -> Answer[Preview]:
    """Return what a preview link shows, for a page of a site that the project lists.

    Whatever the experiment's status, audience and traffic; nothing is counted. 410 for a link that
    has ended.
    """
    project_id = callers.project_of_page(client_key)
    shown = previews.shown(project_id, queries.read(PreviewQuery).token)
    return Answer(
        {
            "experiment": shown.experiment.key,
            "name": shown.experiment.name,
            "variants": [_variant(each) for each in shown.variants],
            "variant": shown.variant,
            "expires": written(shown.expires_at),
        }
    )


def _variant(variant: VariantDesign) -> PreviewVariant:
    return {"key": variant.key, "name": variant.name, "value": variant.value}
