"""Signed-in browsers: what a session remembers, and who that is."""

from flask import Flask, session
from flask_login import UserMixin, current_user, login_user, logout_user

from app.accounts import browser_sessions
from app.accounts.browser_sessions import Begun, Person, Used
from app.core import current_request
from app.models import User, now
from app.web.extensions import login_manager
from app.web.sessions import last_uses
from app.web.sessions.session_cookies import LateSessions, TlsAwareSessions
from app.web.settings import session_lifetimes

_TOKEN = "browser"  # noqa: S105 -- where the token is, not the token


class SignedIn(UserMixin):
    """The signed-in user of this request; `session_id` is 0 where they have just signed in."""

    def __init__(self, user: User | Person, session_id: int = 0) -> None:
        self.id = user.id
        self.email = user.email
        self.is_admin = user.is_admin
        self.session_token = user.session_token
        self.session_id = session_id

    def get_id(self) -> str:
        """Return what a server of the version before knows a session by: the user's own token."""
        return self.session_token


def register(app: Flask) -> None:
    """Tell Flask-Login how to find the user of a session, and templates whom it found.

    Templates get the proxy, which asks when it is used: not on the page that tells of a crash.
    """
    app.session_interface = LateSessions(TlsAwareSessions(app))
    app.jinja_env.globals["current_user"] = current_user
    login_manager.user_loader(_load)


def begin(begun: Begun) -> None:
    """Have this browser keep a session that has begun, and nothing of the one before."""
    session.clear()
    session.permanent = True
    session[_TOKEN] = begun.token
    login_user(SignedIn(begun.user))
    current_request.come_from("user", begun.user.id)


def end() -> None:
    """Have this browser forget its session."""
    logout_user()
    session.clear()


def _load(user_token: str) -> SignedIn | None:
    person = browser_sessions.known(session.get(_TOKEN, ""), user_token, session_lifetimes())
    if person is None:
        return None
    current_request.come_from("user", person.id)
    moment = now()
    if moment - person.last_used_at > browser_sessions.LAST_USED_PRECISION:
        last_uses.note(Used(person.id, person.session_id), moment)
    return SignedIn(person, person.session_id)
