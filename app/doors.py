"""The doors, told by the path of a request, and the shape of each one's errors.

An unmatched address or a wrong method belongs to no blueprint, so this cannot be left to them.
"""

import werkzeug.exceptions
from flask import Flask, Response, current_app, jsonify, make_response, redirect, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    BadHost,
    BadRequest,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    RequestEntityTooLarge,
    SecurityError,
)

from app import pages
from app.api import (
    admin,
    openapi,
    operators,
    path_parts,
    plain_errors,
    refusal_member,
    v2,
    visitors,
)
from app.api.admin import errors as admin_errors
from app.api.v2 import errors as v2_errors
from app.api.visitors import ofrep
from app.core.errors import (
    DomainError,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from app.core.rare_logs import first_line, log_rarely
from app.database import database_errors
from app.lifecycle import Refused
from app.web import header_names, request_checks, shown_page
from app.web.request_log import logs, refused_requests

ERROR_RESPONSES = {
    "v2": v2_errors.error_response,
    "api": admin_errors.error_response,
    "ofrep": ofrep.error_response,
    "collect": plain_errors.error_response,
    "edge": plain_errors.error_response,
    "preview": plain_errors.error_response,
    "healthz": plain_errors.error_response,
    "readyz": plain_errors.error_response,
    "metrics": plain_errors.error_response,
}


def register(app: Flask) -> None:
    """Hang the doors and their error wording into the application."""
    path_parts.register(app)
    for door in (*v2.DOORS, *admin.DOORS, *visitors.DOORS, *openapi.DOORS, *operators.DOORS):
        app.register_blueprint(door.blueprint)
    pages.register(app)
    request_checks.register(app)
    app.register_error_handler(DomainError, _answer)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(werkzeug.exceptions.NotFound, _answer_unknown_address)
    app.register_error_handler(MethodNotAllowed, _answer_wrong_method)
    app.register_error_handler(BadHost, _answer_bad_host)
    app.register_error_handler(SecurityError, _answer_foreign_host)
    app.register_error_handler(SQLAlchemyError, _answer_database_error)
    app.register_error_handler(Exception, _answer_crash)


def _answer_unknown_address(_error: werkzeug.exceptions.NotFound) -> Response:
    return _answer(NotFound("There is nothing at this address."))


def _answer_wrong_method(error: MethodNotAllowed) -> Response:
    """Lead from an address that only takes a form back to the page that the form is on.

    Whoever presses Enter in the address bar below a form that failed asks for it.
    """
    if request.method not in {"GET", "HEAD"} or request.path.split("/")[1] in ERROR_RESPONSES:
        return _answer(error)
    above = request.path
    while not shown_page.can_be_opened(above):
        above = above.rpartition("/")[0] or "/"
    return make_response(redirect(above))


def _answer_bad_host(error: BadHost) -> Response:
    return _without_host(error, "The Host header is not a name.")


def _answer_foreign_host(_error: SecurityError) -> Response:
    said = "This server has no such name. Its operator lists its names in OWN_HOSTS."
    return _without_host(BadRequest(said), said)


def _without_host(error: BadRequest, said: str) -> Response:
    """Answer as any other error, but not as a page: without a host no page knows its addresses."""
    if request.path.split("/")[1] in ERROR_RESPONSES:
        return _answer(error)
    return Response(said, error.code, mimetype="text/plain")


def _answer(error: DomainError | HTTPException) -> Response:
    respond = ERROR_RESPONSES.get(request.path.split("/")[1])
    if isinstance(error, Unauthenticated) and not respond:
        return _to_sign_in()
    if isinstance(error, Forbidden):
        refused_requests.tell(error)
    try:
        body, status = respond(error) if respond else pages.error_page(error)
    except SQLAlchemyError as kept_by:
        # A page says who is signed in.
        return _answer_database_error(kept_by)
    answer = jsonify(body) if isinstance(body, dict) else make_response(body)
    answer.status_code = status
    answer.headers.update(_headers_beside(error, is_for_programs=bool(respond)))
    return answer


def _headers_beside(error: DomainError | HTTPException, *, is_for_programs: bool) -> dict[str, str]:
    """Return what an error says in headers, beside its body."""
    match error:
        case Refused() if is_for_programs:
            return refusal_member.headers(error.refusal)
        case TooManyRequests() | Unavailable():
            return {header_names.RETRY_AFTER: str(error.retry_after)} | _rate_limit(error)
        case Unauthenticated():
            return _how_to_be_known(is_for_programs=is_for_programs)
        case HTTPException():
            return _headers_of(error)
        case _:
            return {}


def _how_to_be_known(*, is_for_programs: bool) -> dict[str, str]:
    """Return the scheme of keys for programs, and for htmx the address of the sign-in page."""
    headers: dict[str, str] = {}
    if is_for_programs:
        headers[header_names.WWW_AUTHENTICATE] = 'Bearer realm="Switchyard"'
    if header_names.HX_REQUEST in request.headers:
        headers[header_names.HX_REDIRECT] = _sign_in_address()
    return headers


def _rate_limit(error: TooManyRequests | Unavailable) -> dict[str, str]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers; none but for a rate limit."""
    if not isinstance(error, TooManyRequests) or error.policy is None:
        return {}
    amount, seconds = error.policy
    return {
        header_names.RATE_LIMIT_POLICY: f'"requests";q={amount};w={seconds}',
        header_names.RATE_LIMIT: f'"requests";r=0;t={error.retry_after}',
    }


def _answer_database_error(error: SQLAlchemyError) -> Response:
    unavailable = database_errors.as_unavailable(error)
    if unavailable is None:
        return _answer_crash(error)
    kind = type(unavailable).__name__
    path = logs.shown_path(request.path)
    log_rarely(kind, "%s %s: %s", request.method, path, first_line(error))
    return _answer(unavailable)


def _answer_crash(error: Exception) -> Response:
    path = logs.shown_path(request.path)
    current_app.logger.error("%s %s failed", request.method, path, exc_info=error)
    return _answer(InternalServerError("Something went wrong here; it has been logged."))


def _headers_of(error: HTTPException) -> dict[str, str]:
    own = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    if isinstance(error, CSRFError) and header_names.HX_REQUEST in request.headers:
        # The page is of an earlier session: only a fresh one has a token that works.
        return own | {header_names.HX_REFRESH: "true"}
    if isinstance(error, RequestEntityTooLarge):
        # What is left of the body is not read: nothing else can come on this connection.
        return own | {"Connection": "close"}
    return own


def _to_sign_in() -> Response:
    if header_names.HX_REQUEST not in request.headers:
        return make_response(redirect(_sign_in_address()))
    answer = make_response("", 401)
    answer.headers[header_names.HX_REDIRECT] = _sign_in_address()
    return answer


def _sign_in_address() -> str:
    """Return the sign-in page, which leads back to the page that the browser shows.

    It says so where something was to be done.
    """
    following = shown_page.address()
    is_lost = request.method not in {"GET", "HEAD"} and request.endpoint != "sign_in.sign_out"
    return url_for(
        "sign_in.sign_in",
        next=None if following == "/" else following,
        lost="1" if is_lost else None,
    )
