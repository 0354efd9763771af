"""The callers that evaluate and collect: a server or client key, and a page's web origin."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, request

from app.api import credentials
from app.core import addresses, current_request
from app.core.errors import DomainError, Forbidden, TooManyRequests, Unauthenticated
from app.models import KeyType
from app.serving import memory, not_counted
from app.serving.not_counted import Refusal
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web import rate_limits
from app.web.header_names import (
    ETAG,
    IF_NONE_MATCH,
    REQUEST_ID,
    RETRY_AFTER,
    STALE,
    VISITORS_KEY,
)

LIMIT, ADDRESS_LIMIT = "SERVING_RATE_LIMIT", "REQUESTS_PER_ADDRESS"
ALLOWED_HEADERS = f"Authorization, Content-Type, {IF_NONE_MATCH}, {VISITORS_KEY}"
SECONDS_OF_PREFLIGHT = 7200
EXPOSED_HEADERS = f"{ETAG}, {RETRY_AFTER}, {REQUEST_ID}, {STALE}"


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


def open_to_other_origins(blueprint: Blueprint) -> None:
    """Answer the questions that browsers ask before a page of another origin may use the door."""
    blueprint.before_request(_answer_preflight)
    blueprint.after_request(_name_origin)
    blueprint.after_request(_tell_staleness)


def open_to_any_origin(blueprint: Blueprint) -> None:
    """Let pages of any origin read what the door answers: it is the same for all of them."""
    blueprint.after_request(_name_any_origin)
    blueprint.after_request(_tell_staleness)


def _name_any_origin(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _admit_origin(key: ServingKey, running: Running) -> None:
    origin = request.headers.get("Origin")
    if origin is None or key.type is not KeyType.CLIENT or origin == request.host_url.rstrip("/"):
        return
    if origin not in running.origins:
        raise Forbidden(f"The project does not list the origin {origin[:80]}.")
    g.admitted_origin = origin


def _admit_page(key: ServingKey, running: Running) -> None:
    _require_client_key(key, running)
    _admit_origin(key, running)


def _require_client_key(key: ServingKey, _running: Running) -> None:
    if key.type is not KeyType.CLIENT:
        raise Unauthenticated("This is no client key: only that stands where everybody reads it.")


def _answer_preflight() -> Response | None:
    """Answer a preflight, which carries no key: any origin that some project lists may show one."""
    if request.method != "OPTIONS":
        return None
    answer = make_response("", 204)
    origin = request.headers.get("Origin", "")
    if memory.of_app().lists_origin(origin):
        g.admitted_origin = origin
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        answer.headers["Access-Control-Max-Age"] = str(SECONDS_OF_PREFLIGHT)
    return answer


def _name_origin(answer: Response) -> Response:
    answer.headers.add("Vary", "Origin")
    admitted = g.get("admitted_origin") or _origin_of_mistake(answer)
    if admitted:
        answer.headers["Access-Control-Allow-Origin"] = admitted
        answer.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        # A beacon is sent without CORS: without this its answer is an error in the site's console.
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _origin_of_mistake(answer: Response) -> str | None:
    """Return the page's origin, if it may read what it has done wrong before its key was known."""
    origin = "" if "is_known" in g else request.headers.get("Origin", "")
    is_mistake = HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    return origin if is_mistake and origin and memory.of_app().lists_origin(origin) else None


def _tell_staleness(answer: Response) -> Response:
    """Name for how long the database, which cannot be read, has not confirmed what is answered.

    Not by Age, to which every cache on the way may add, nor by Warning, which RFC 9111 has ended.
    """
    if g.get("stale_seconds") is not None:
        answer.headers[STALE] = str(g.stale_seconds)
    return answer
