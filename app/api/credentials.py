"""Credentials of JSON doors: an API key in a header, or a browser's session with CSRF token."""

from flask import request
from flask_login import current_user

from app.accounts import key_access, key_rights
from app.accounts.caller import Admin, Caller
from app.core import addresses, current_request
from app.core.errors import Forbidden, Unauthenticated
from app.web.extensions import csrf
from app.web.limits import rate_limits
from app.web.request_kinds import SAFE_METHODS

LIMIT = "API_RATE_LIMIT"


def presented_token(*header_names: str) -> str:
    """Return the token in `Authorization: Bearer`, or in the first of these headers; "" without."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return next((value for name in header_names if (value := request.headers.get(name, ""))), "")


def by_token(token: str) -> Caller:
    """Return the caller with this key, counted against the rate limit.

    Raises Unauthenticated, and TooManyRequests for a key, or for an address that goes on sending
    keys that are none.
    """
    try:
        caller = key_access.by_token(token)
    except Unauthenticated:
        count_stranger()
        raise
    current_request.come_from("key", caller.api_key_id)
    rate_limits.count(LIMIT, "key", str(caller.api_key_id))
    return caller


def count_stranger() -> None:
    """Count somebody who is not let in, by their network; TooManyRequests if they go on."""
    rate_limits.count(LIMIT, "address", addresses.network(request.remote_addr or "") or "")


def signed_in_user_id() -> int:
    """Return the signed-in user, counted against the rate limit; a change needs the CSRF token.

    Raises Unauthenticated, TooManyRequests, and Flask-WTF's CSRFError.
    """
    if not current_user.is_authenticated:
        raise Unauthenticated(key_rights.NO_KEY)
    if request.method not in SAFE_METHODS:
        csrf.protect()
    rate_limits.count(LIMIT, "user", str(current_user.id))
    return current_user.id


def signed_in_admin() -> Admin:
    """Return the signed-in admin; raises what `signed_in_user_id` does, and Forbidden."""
    user_id = signed_in_user_id()
    if not current_user.is_admin:
        raise Forbidden("This is for admins.")
    return Admin(user_id)
