"""/metrics: what all processes of this machine have counted, as Prometheus reads it.

It says how many tests somebody runs, and how many visitors come: that is for its operator alone.
"""

import hmac
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app

from app.api import credentials
from app.core import metrics
from app.core.errors import Forbidden, Unauthenticated, Unavailable
from app.events.kept import event_stream, kept_events

if TYPE_CHECKING:
    from app.core.counters import Counters

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def show() -> Response:
    """Return the numbers to who shows METRICS_TOKEN."""
    _let_in(current_app.config["METRICS_TOKEN"])
    counters = metrics.of_process.counters()
    if counters is None:
        raise Unavailable("Nothing can be counted in METRICS_FOLDER; the log says why.")
    _tell_of_kept_events(counters)
    _tell_of_stream(counters)
    try:
        return Response(counters.text(), content_type=counters.content_type)
    except OSError as error:
        raise Unavailable("METRICS_FOLDER cannot be read now.") from error


def _tell_of_kept_events(counters: "Counters") -> None:
    with suppress(Unavailable):
        counters.tell_of_kept_events(*astuple(kept_events.of_app().state()))


def _tell_of_stream(counters: "Counters") -> None:
    if stream := event_stream.of_app():
        with suppress(Unavailable):
            counters.tell_of_stream(*astuple(stream.state()))


def _let_in(token: str) -> None:
    """Raise Unauthenticated for a token that is none, and Forbidden where none is set.

    Nothing tells this machine from a proxy on it, through which everybody comes.
    """
    if not token:
        raise Forbidden("Nobody may read this: set METRICS_TOKEN.")
    if not hmac.compare_digest(credentials.presented_token().encode(), token.encode()):
        credentials.count_stranger()
        raise Unauthenticated("Show METRICS_TOKEN in Authorization: Bearer.")
