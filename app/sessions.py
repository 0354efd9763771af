"""Signed-in browsers: what a session remembers, and who that is."""

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import UserMixin, current_user, login_user, logout_user
from itsdangerous import URLSafeTimedSerializer

from app import users
from app.extensions import login_manager
from app.models import User
from app.users import Person


class TlsAwareSessions(SecureCookieSessionInterface):
    """Sessions whose cookie is Secure exactly where the browser came by TLS.

    A request without a cookie, as programs send, prepares no signature and sends no cookie header.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:  # noqa: ARG002
        """What signs the cookies, made once."""
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie where it has to change; a session that is empty, and was, has none."""
        if session or session.modified:
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002
        """Whether this request came by TLS."""
        return request.is_secure


class SignedIn(UserMixin):
    """The signed-in user of this request."""

    def __init__(self, user: User | Person) -> None:
        self.id = user.id
        self.email = user.email
        self.is_admin = user.is_admin
        self.session_token = user.session_token

    def get_id(self) -> str:
        """What the session remembers: a token that a new password replaces."""
        return self.session_token


def register(app: Flask) -> None:
    """Tell Flask-Login how to find the user of a session, and templates whom it found.

    Templates get the proxy, which asks when it is used: not on the page that tells of a crash.
    """
    app.session_interface = TlsAwareSessions(app)
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
    login_manager.user_loader(_load)


def begin(user: User) -> None:
    """Sign `user` in, in a session that keeps nothing of the one before."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(user))


def end() -> None:
    """Sign out."""
    logout_user()
    session.clear()


def _load(session_token: str) -> SignedIn | None:
    user = users.by_session_token(session_token)
    return SignedIn(user) if user else None
