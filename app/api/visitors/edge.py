"""What runs, as a document that any CDN keeps: /edge/v1/<client key>.json.

Pages decide from it by themselves, by docs/reference/edge.md.
"""

from http import HTTPStatus
from typing import Literal

from flask import Blueprint, current_app
from typing_extensions import TypedDict

from app.api import audiences
from app.api.answers import Conditional
from app.api.audiences import ShownAudience
from app.api.visitors import callers, contract, other_origins
from app.core import metrics
from app.serving.running_experiments import Live, Running, Served
from app.web import entity_tags
from app.web.header_names import CACHE_CONTROL, ETAG

blueprint = Blueprint("edge", __name__)
other_origins.open_to_any(blueprint)
operations = contract.operations(blueprint, "")


class EdgeVariant(TypedDict):
    """A variant."""

    key: str
    """Its key."""
    value: object
    """What its visitors get."""


class EdgeExperiment(TypedDict):
    """A running experiment, and all that its visitors are split by."""

    key: str
    """Its key."""
    salt: str
    """What splits the visitors of this run."""
    allocation: int
    """How many of the visitors in the audience take part, of 10,000."""
    split: list[int]
    """Where the part of each variant ends, of 10,000, end to end."""
    always: dict[str, int]
    """The place among the variants, from 0, that somebody always gets, by hashes of the salt and
    their id; whatever audience and traffic say, and counted nowhere."""
    audience: ShownAudience
    """Who takes part: all conditions of one group are met; everybody, if it is empty."""
    variants: list[EdgeVariant]
    """The control first."""


class EdgeShipped(TypedDict):
    """A variant that everybody gets, and that nobody is counted for."""

    key: str
    """The experiment's key."""
    value: object
    """What visitors get."""
    variant: str
    """The variant's key."""
    reason: Literal["STATIC"]
    """As an evaluation has it."""


class EdgeDocument(TypedDict):
    """What runs in a project; of what does not it says nothing."""

    experiments: list[EdgeExperiment]
    """What runs."""
    shipped: list[EdgeShipped]
    """What everybody gets."""
    fresh_seconds: int
    """For how long whoever has it need not ask again."""
    away_seconds: int
    """For how long whoever cannot ask goes by it; then visitors see the original."""


@operations.get("/edge/v1/<client_key>.json")
def edge_document(client_key: str) -> Conditional[EdgeDocument]:
    """Return what runs in the project of a client key, for pages that decide by themselves."""
    running = callers.running_for_pages(client_key)
    metrics.of_process.evaluated("document")
    fresh, away = current_app.config["EDGE_SECONDS"], current_app.config["EDGE_AWAY_MINUTES"] * 60
    version = f"{running.fingerprint[:32]}-{fresh}-{away}"
    kept = f"public, max-age={fresh}, stale-if-error={away}"
    headers = {ETAG: entity_tags.quoted(version), CACHE_CONTROL: kept}
    status = HTTPStatus.NOT_MODIFIED if entity_tags.is_known(version) else HTTPStatus.OK
    return Conditional(_document(running, fresh, away), headers, status)


def _document(running: Running, fresh: int, away: int) -> EdgeDocument:
    return {
        "experiments": [_experiment(live) for live in running.experiments.values()],
        "shipped": [_shipped(key, variant) for key, variant in running.shipped.items()],
        "fresh_seconds": fresh,
        "away_seconds": away,
    }


def _experiment(live: Live) -> EdgeExperiment:
    return {
        "key": live.key,
        "salt": live.salt,
        "allocation": live.traffic_allocation,
        "split": list(live.split),
        "always": live.listed,
        "audience": audiences.shown(live.audience),
        "variants": [{"key": each.key, "value": each.value} for each in live.variants],
    }


def _shipped(key: str, variant: Served) -> EdgeShipped:
    return {"key": key, "value": variant.value, "variant": variant.key, "reason": "STATIC"}
