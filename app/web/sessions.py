"""Signed-in browsers: what a session remembers, and who that is."""

from flask import Flask, session
from flask_login import UserMixin, current_user, login_user, logout_user

from app.accounts import users
from app.accounts.users import Person
from app.core import current_request
from app.models import User
from app.web.extensions import login_manager
from app.web.session_cookies import LateSessions, TlsAwareSessions


class SignedIn(UserMixin):
    """The signed-in user of this request."""

    def __init__(self, user: User | Person) -> None:
        self.id = user.id
        self.email = user.email
        self.is_admin = user.is_admin
        self.session_token = user.session_token

    def get_id(self) -> str:
        """Return what the session remembers: a token that a new password replaces."""
        return self.session_token


def register(app: Flask) -> None:
    """Tell Flask-Login how to find the user of a session, and templates whom it found.

    Templates get the proxy, which asks when it is used: not on the page that tells of a crash.
    """
    app.session_interface = LateSessions(TlsAwareSessions(app))
    app.jinja_env.globals["current_user"] = current_user
    login_manager.user_loader(_load)


def begin(user: User) -> None:
    """Sign `user` in, in a session that keeps nothing of the one before."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(user))
    current_request.come_from("user", user.id)


def end() -> None:
    """Sign out."""
    logout_user()
    session.clear()


def _load(session_token: str) -> SignedIn | None:
    user = users.by_session_token(session_token)
    if user is None:
        return None
    current_request.come_from("user", user.id)
    return SignedIn(user)
