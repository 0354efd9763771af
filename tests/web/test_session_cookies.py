"""When the cookie of a session is opened, and what is sent back of it."""

from dataclasses import dataclass, field

import pytest
from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.testing import FlaskClient

from app.web.sessions.session_cookies import LateSessions


@dataclass
class Noting(SecureCookieSessionInterface):
    """Flask's own sessions, which notes what is asked of them for which path."""

    opened: list[str] = field(default_factory=list)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        self.opened.append(request.path)
        return super().open_session(app, request)


@pytest.fixture
def sessions() -> Noting:
    """The sessions that are opened late."""
    return Noting()


@pytest.fixture
def client(sessions: Noting) -> FlaskClient:
    """A browser at a small application that keeps a list of names in its sessions."""
    app = Flask("small")
    app.secret_key = "test"
    app.session_interface = LateSessions(sessions)

    @app.get("/nothing")
    def nothing() -> str:
        return "nothing"

    @app.get("/names")
    def names() -> str:
        return " ".join(session.get("names", ()))

    @app.get("/begin")
    def begin() -> list[bool]:
        before = session.modified
        session["names"] = ["ada"]
        return [before, session.modified]

    @app.get("/add")
    def add() -> str:
        session["names"].append("grace")
        session.modified = True
        return "added"

    @app.get("/end")
    def end() -> str:
        del session["names"]
        return f"{len(session)} left"

    return app.test_client()


def test_a_request_that_asks_nothing_of_its_session_opens_and_sends_none(
    client: FlaskClient, sessions: Noting
) -> None:
    client.get("/begin")
    answer = client.get("/nothing")
    assert sessions.opened == ["/begin"]
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_what_was_asked_is_opened_once_and_the_answer_varies_by_it(
    client: FlaskClient, sessions: Noting
) -> None:
    client.get("/begin")
    answer = client.get("/names")
    assert (answer.text, answer.headers["Vary"]) == ("ada", "Cookie")
    assert "Set-Cookie" not in answer.headers
    assert sessions.opened == ["/begin", "/names"]


def test_a_change_is_sent_to_the_browser(client: FlaskClient) -> None:
    assert client.get("/begin").json == [False, True]
    client.get("/add")
    assert client.get("/names").text == "ada grace"


def test_a_session_without_anything_left_takes_the_cookie_away(client: FlaskClient) -> None:
    client.get("/begin")
    assert client.get_cookie("session")
    assert client.get("/end").text == "0 left"
    assert client.get_cookie("session") is None


def test_a_cookie_that_somebody_else_signed_is_an_empty_session(client: FlaskClient) -> None:
    client.get("/begin")
    cookie = client.get_cookie("session")
    assert cookie
    payload, _, signature = cookie.value.rpartition(".")
    client.set_cookie("session", f"{payload}.{signature[::-1]}")
    assert client.get("/names").text == ""
