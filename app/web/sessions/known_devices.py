"""Browsers in which somebody has signed in before: a signed cookie of their own says so.

It opens nothing. It keeps others, who type wrong passwords for the same account, from holding up
its owner.
"""

import secrets
from typing import cast

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts.failed_sign_ins import account_digest

COOKIE = "switchyard_device"
# Sent where it is read, and nowhere else.
PATH = "/sign-in"
SECONDS_KEPT = 365 * 24 * 3600
MOST_ACCOUNTS = 5
LENGTH_OF_DIGEST = 16


def known(email: str) -> str:
    """Return the id of this browser if it has signed in with this e-mail, "" if it has not."""
    device, accounts = _read()
    return device if _short(email) in accounts else ""


def remember(answer: Response, email: str) -> None:
    """Have this browser keep that it has signed in with this e-mail."""
    device, accounts = _read()
    account = _short(email)
    others = [each for each in accounts if each != account][: MOST_ACCOUNTS - 1]
    answer.set_cookie(
        COOKIE,
        _serializer().dumps([device or secrets.token_urlsafe(16), [account, *others]]),
        max_age=SECONDS_KEPT,
        path=PATH,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _read() -> tuple[str, list[str]]:
    try:
        device, accounts = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return "", []
    return cast("str", device), cast("list[str]", accounts)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="switchyard known device")


def _short(email: str) -> str:
    return account_digest(email)[:LENGTH_OF_DIGEST]
