"""Checks of a request before anybody asks who sends it."""

from flask import Flask, request
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    LengthRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from app.core.config import MAX_EVENTS_BYTES
from app.core.errors import NotFound
from app.web.limits import concurrency

FORM = "application/x-www-form-urlencoded"
COLLECTING = "collect.collect"
CUT_SHORT = "The body is cut short."


def register(app: Flask) -> None:
    """Take in every request of the application this way."""
    app.before_request(_take_in)
    # A redirect to an address without doubled slashes would answer JSON clients in HTML.
    app.url_map.merge_slashes = False


def require_plain_form() -> None:
    """Refuse a form that carries files or JSON: Flask-WTF would take either for a field's text.

    And one in chunks, which no browser sends: of those the server does not tell if they are whole.
    """
    if "Transfer-Encoding" in request.headers:
        raise LengthRequired("A form is sent with its length.")
    if request.get_data() and request.mimetype != FORM:
        raise UnsupportedMediaType(f"A form is sent as {FORM}.")


def _take_in() -> None:
    _refuse_nul()
    if _has_body():
        _receive_body()
    concurrency.wait_for_room()


def _has_body() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _refuse_nul() -> None:
    # No text in the database holds a NUL, and PostgreSQL fails when it is asked for one.
    if "\0" in request.path:
        raise NotFound("There is nothing at this address.")
    if b"%00" in request.query_string:
        raise BadRequest("There is a NUL character in the address.")


def _receive_body() -> None:
    """Have the whole body before anybody asks who sends it.

    Otherwise somebody could be let in with the headers, hold the body back until their key is
    revoked or their membership ended, and then act all the same.
    """
    if request.endpoint == COLLECTING:
        request.max_content_length = MAX_EVENTS_BYTES
    if request.content_length is not None:
        # It ends by its length. Else the server is asked twice more whether that was all, and each
        # time other threads have their turn first.
        request.environ.pop("wsgi.input_terminated", None)
    try:
        received = request.get_data()
    except RequestEntityTooLarge:
        # Whoever reads the body says so, after asking who calls: that is the contracts' order.
        return
    except ClientDisconnected:
        raise BadRequest(CUT_SHORT) from None
    # In chunks it has no length: what is left of its JSON, where it broke off, is no JSON then,
    # unless all of it had come, or nothing.
    if not received:
        raise BadRequest(CUT_SHORT)
