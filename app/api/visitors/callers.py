"""Who may ask for visitors, and how often: by a server or client key, from pages of which sites."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import lru_cache

from flask import g, request
from werkzeug.sansio.utils import get_current_url

from app.api import credentials
from app.core import addresses, current_request
from app.core.errors import DomainError, Forbidden, TooManyRequests, Unauthenticated
from app.events import not_counted
from app.events.not_counted import Refusal
from app.models import KeyType
from app.serving import memory
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web.limits import rate_limits

MOST_NAMES = 1024
LIMIT, ADDRESS_LIMIT = "SERVING_RATE_LIMIT", "REQUESTS_PER_ADDRESS"


def known(token: str) -> tuple[ServingKey, Running]:
    """Return the key and what runs in its project, counted against the key's rate limit.

    Raises Unauthenticated, TooManyRequests, and Forbidden for a page of an origin that the project
    does not list. Who is not let in is counted by address: it takes nothing from the project.
    """
    return _let_in(token, _admit_origin)


def running_for_pages(token: str) -> Running:
    """Return what runs in the project of a client key, whoever asks: a page, or a cache for many.

    Raises Unauthenticated, also for a key of another type, and TooManyRequests.
    """
    return _let_in(token, _require_client_key)[1]


def project_of_page(token: str) -> int:
    """Return the project of a client key, for a page of a site that the project lists.

    Raises Unauthenticated, also for a key of another type, TooManyRequests, and Forbidden for a
    page of an origin that the project does not list.
    """
    return _let_in(token, _admit_page)[0].project_id


def _let_in(token: str, check: Callable[[ServingKey, Running], None]) -> tuple[ServingKey, Running]:
    try:
        key, running, stale_seconds = memory.of_app().known(token)
        g.is_known = True
        current_request.come_from("key", key.id)
        g.stale_seconds = stale_seconds
        with _noting(key.project_id, Forbidden, Refusal.OTHER_SITE):
            check(key, running)
    except (Unauthenticated, Forbidden):
        credentials.count_stranger()
        raise
    with _noting(key.project_id, TooManyRequests, Refusal.RATE_LIMITED):
        _count(key)
    return key, running


def _count(key: ServingKey) -> None:
    """Count a request; TooManyRequests above a limit.

    A client key stands in every page: what pages send, and what whoever copies it from there sends
    without one, is counted apart, and of pages no address may use up what is there for all.
    """
    is_of_page = key.type is KeyType.CLIENT and "Origin" in request.headers
    place = addresses.network(request.remote_addr or "") if is_of_page else None
    if place is not None:
        rate_limits.count(ADDRESS_LIMIT, "serving address", f"{key.id} {place}")
    sender = "page" if is_of_page else "program"
    rate_limits.count(LIMIT, "serving key", f"{key.id} {sender}")


@contextmanager
def _noting(project_id: int, error: type[DomainError], why: Refusal) -> Generator[None]:
    """Have the project's owners see that somebody is refused."""
    try:
        yield
    except error:
        not_counted.note(project_id, [why])
        raise


def _admit_origin(key: ServingKey, running: Running) -> None:
    origin = request.headers.get("Origin")
    if origin is None or key.type is not KeyType.CLIENT or origin == _own():
        return
    g.reading_origin = origin
    if origin not in running.origins:
        raise Forbidden(f"The project does not list the origin {origin[:80]}.")


def _own() -> str:
    """Return the origin of the server's own pages, by the name that is asked for."""
    return _origin(request.scheme, request.host)


# By its parts a browser's name is put together anew in each request, in a twentieth of its time.
@lru_cache(MOST_NAMES)
def _origin(scheme: str, host: str) -> str:
    return get_current_url(scheme, host).rstrip("/")


def _admit_page(key: ServingKey, running: Running) -> None:
    _require_client_key(key, running)
    _admit_origin(key, running)


def _require_client_key(key: ServingKey, _running: Running) -> None:
    if key.type is not KeyType.CLIENT:
        raise Unauthenticated("This is no client key: only that stands where everybody reads it.")
