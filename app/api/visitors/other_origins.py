"""What browsers are told, so that pages of other origins may use a door and read its answers.

Any page may ask, and read why it is refused: what a browser may not send reaches nobody, and no
project would see that a site is missing in its list. `callers` leaves in `g` what it has found:
that it knows the key, the origin that may read the answer, and how stale that is.
"""

from http import HTTPStatus

from flask import Blueprint, Response, g, make_response, request

from app.web.header_names import (
    ETAG,
    IF_NONE_MATCH,
    REQUEST_ID,
    RETRY_AFTER,
    STALE,
    VISITORS_KEY,
)

ALLOWED_HEADERS = f"Authorization, Content-Type, {IF_NONE_MATCH}, {VISITORS_KEY}"
SECONDS_OF_PREFLIGHT = 7200
EXPOSED_HEADERS = f"{ETAG}, {RETRY_AFTER}, {REQUEST_ID}, {STALE}"


def open_to_listed(blueprint: Blueprint) -> None:
    """Let pages ask, and those of origins that the project lists read what they are given."""
    blueprint.before_request(_answer_preflight)
    blueprint.after_request(_name_origin)
    blueprint.after_request(_tell_staleness)


def open_to_any(blueprint: Blueprint) -> None:
    """Let pages of any origin read what the door answers: it is the same for all of them."""
    blueprint.after_request(_name_any_origin)
    blueprint.after_request(_tell_staleness)


def _name_any_origin(answer: Response) -> Response:
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _answer_preflight() -> Response | None:
    """Answer a preflight, which carries no key yet: whose it is, the request itself will say."""
    if request.method != "OPTIONS":
        return None
    answer = make_response("", 204)
    g.reading_origin = request.headers.get("Origin")
    answer.headers["Access-Control-Allow-Methods"] = "POST"
    answer.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    answer.headers["Access-Control-Max-Age"] = str(SECONDS_OF_PREFLIGHT)
    return answer


def _name_origin(answer: Response) -> Response:
    answer.headers.add("Vary", "Origin")
    if reading := g.get("reading_origin") or _origin_of_mistake(answer):
        answer.headers["Access-Control-Allow-Origin"] = reading
        answer.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        # A beacon is sent without CORS: without this its answer is an error in the site's console.
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _origin_of_mistake(answer: Response) -> str | None:
    """Return the page's origin, if it may read what it has done wrong before its key was known."""
    is_mistake = HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
    return request.headers.get("Origin") if is_mistake and "is_known" not in g else None


def _tell_staleness(answer: Response) -> Response:
    """Name for how long the database, which cannot be read, has not confirmed what is answered.

    Not by Age, to which every cache on the way may add, nor by Warning, which RFC 9111 has ended.
    """
    if g.get("stale_seconds") is not None:
        answer.headers[STALE] = str(g.stale_seconds)
    return answer
