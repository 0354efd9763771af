"""The cookie of a session: opened when somebody asks for it, Secure where the browser has TLS."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import cast

from flask import Flask, Request, Response, current_app, request
from flask.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
)
from itsdangerous import BadSignature, URLSafeTimedSerializer


def presented() -> bytes:
    """Return a digest of the session's cookie as this request shows it, opened or not."""
    name = current_app.config["SESSION_COOKIE_NAME"]
    return hashlib.sha256(request.cookies.get(name, "").encode()).digest()


class LateSession(SessionMixin):
    """A session that is opened when somebody first asks what is in it. Most requests never do."""

    def __init__(self, open_: Callable[[], SessionMixin]) -> None:
        self._open = open_

    @cached_property
    def opened(self) -> SessionMixin:
        """Return what it is once it is opened."""
        return self._open()

    @property
    def is_opened(self) -> bool:
        """Return whether anybody has asked."""
        return "opened" in vars(self)

    @property
    def modified(self) -> bool:
        """Return whether the cookie has to be sent anew."""
        return self.is_opened and self.opened.modified

    @modified.setter
    def modified(self, value: bool) -> None:
        self.opened.modified = value

    def __getitem__(self, key: str) -> object:
        return self.opened[key]

    def __setitem__(self, key: str, value: object) -> None:
        self.opened[key] = value

    def __delitem__(self, key: str) -> None:
        del self.opened[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.opened)

    def __len__(self) -> int:
        return len(self.opened)


class LateSessions(SessionInterface):
    """Opens sessions late, and saves those that were opened."""

    def __init__(self, sessions: SessionInterface) -> None:
        self._sessions = sessions

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """Return the session, not opened yet."""
        return LateSession(
            lambda: self._sessions.open_session(app, request) or SecureCookieSession()
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save what the session has become."""
        if isinstance(session, LateSession) and session.is_opened:
            session.opened.accessed = session.accessed
            self._sessions.save_session(app, session.opened, response)


class TlsAwareSessions(SecureCookieSessionInterface):
    """Sessions whose cookie is Secure exactly where the browser came by TLS.

    How old a cookie is decides nothing: whether somebody is signed in is in the database, and a
    server whose clock is behind must not take a cookie of another for one from the future.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._serializer = cast("URLSafeTimedSerializer", super().get_signing_serializer(app))

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:  # noqa: ARG002
        """Return what signs the cookies, made once."""
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie holds, nothing for one that another key has signed."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        try:
            return self.session_class(self._serializer.loads(cookie))
        except BadSignature:
            return self.session_class()

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Return whether this request came by TLS."""
        return request.is_secure
