"""/metrics: what all processes of this machine have counted, as Prometheus reads it.

It says how many tests somebody runs, and how many visitors come: that is for its operator alone.
"""

import hmac
from contextlib import suppress
from dataclasses import astuple
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, request

from app.api import credentials
from app.core import metrics
from app.core.errors import Forbidden, Unauthenticated, Unavailable
from app.serving import kept_events

if TYPE_CHECKING:
    from app.core.counters import Counters

blueprint = Blueprint("metrics", __name__)

FORWARDED_FOR = "X-Forwarded-For"
FORWARDING = (
    "forwarded",
    "via",
    "x-forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-original-",
    "true-client-ip",
    "cf-connecting-ip",
    "cdn-loop",
)
"""How the names of headers begin that proxies add; no program that asks directly has one."""
DIRECT_PROTOCOL = "HTTP/1.1"
"""How programs ask. By HTTP/1.0 nginx does, by default without any such header."""


@blueprint.get("/metrics")
def show() -> Response:
    """Return the numbers, to who shows METRICS_TOKEN, or without one to this machine itself."""
    _let_in(current_app.config["METRICS_TOKEN"])
    counters = metrics.of_process.counters()
    if counters is None:
        raise Unavailable("Nothing can be counted in METRICS_FOLDER; the log says why.")
    _tell_of_kept_events(counters)
    try:
        return Response(counters.text(), content_type=counters.content_type)
    except OSError as error:
        raise Unavailable("METRICS_FOLDER cannot be read now.") from error


def _tell_of_kept_events(counters: "Counters") -> None:
    with suppress(Unavailable):
        counters.tell_of_kept_events(*astuple(kept_events.of_app().state()))


def _let_in(token: str) -> None:
    """Raise Unauthenticated for a token that is none, and Forbidden for another machine."""
    if token:
        shown = credentials.presented_token()
        if not hmac.compare_digest(shown.encode(), token.encode()):
            credentials.count_stranger()
            raise Unauthenticated("Show METRICS_TOKEN in Authorization: Bearer.")
    elif not _is_from_here():
        raise Forbidden("Without METRICS_TOKEN only this machine itself is answered.")


def _is_from_here() -> bool:
    """Return whether the request comes from this machine, directly or through a trusted proxy.

    Of any other proxy on it, every visitor's request would: whatever shows one is none from here.
    """
    is_through_trusted = current_app.config["TRUSTED_PROXIES"] and FORWARDED_FOR in request.headers
    return _is_loopback(request.remote_addr or "") and (is_through_trusted or _is_direct())


def _is_direct() -> bool:
    """Return whether nothing shows a proxy: no header of one, a name or HTTP version of one."""
    if request.environ.get("SERVER_PROTOCOL") != DIRECT_PROTOCOL:
        return False
    if any(name.lower().startswith(FORWARDING) for name, _ in request.headers):
        return False
    name = urlsplit(f"//{request.host}").hostname or ""
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
