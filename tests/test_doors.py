"""Errors by door: under /v2 and /api in the contract's JSON, everywhere else as a page."""

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.api.admin import errors as admin_errors
from app.api.v2 import errors as v2_errors
from app.core.errors import DomainError, TooManyRequests, Unavailable
from app.lifecycle.refusals import Refused
from app.lifecycle.scheduling.handovers import PlannedChanges, StartsUndecided
from app.models import Role
from app.tenancy.agreements import Effects, NotAgreed, Start
from tests.api.asking import CALLERS, integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.pages.reading import page
from tests.statements import listened_to
from tests.world import Browser, World

MADE: dict[type[DomainError], DomainError] = {
    TooManyRequests: TooManyRequests("A sentence.", 5),
    NotAgreed: NotAgreed(Effects((Start(1, "Banner", "shop", "Shop"),))),
    StartsUndecided: StartsUndecided(PlannedChanges(queued=["Banner"]), is_own=False),
}
V2_KEYS, ADMIN_KEYS = ["error"], ["error", "code", "detail"]
JSON_ERRORS = {
    "/v2": V2_KEYS,
    "/v2/": V2_KEYS,
    "/v2/project": V2_KEYS,
    "/v2/project/x": V2_KEYS,
    "/v2/project/x/experiment": V2_KEYS,
    "/v2/project/x/experiment/1/status/": V2_KEYS,
    "/v2/%00": V2_KEYS,
    "/v2/%FF": V2_KEYS,
    "/v2/project//experiment/1/status": V2_KEYS,
    "/v2//project/x/experiments": V2_KEYS,
    "/v2/project/x//experiments": V2_KEYS,
    "/api": ADMIN_KEYS,
    "/api/": ADMIN_KEYS,
    "/api/admin": ADMIN_KEYS,
    "/api/other": ADMIN_KEYS,
    "/api/admin/experiments/": ADMIN_KEYS,
    "/api/admin/experiments/a/b/c": ADMIN_KEYS,
    "/api/admin/%00": ADMIN_KEYS,
    "/api//admin/experiments": ADMIN_KEYS,
    "/api/admin//experiments": ADMIN_KEYS,
}
PAGES = [
    "/projects//x",
    "/admin//plans",
    "/none",
    "/v2x",
    "/apis",
    "/V2",
    "/static/none.js",
    "/static/../wsgi.py",
    "/a%00b",
    "/%FF",
]


@pytest.mark.parametrize("host", ["a..b", ".", "a" * 64])
def test_a_host_that_is_no_name_is_a_bad_request(client: FlaskClient, host: str) -> None:
    assert client.get("/sign-in", headers={"Host": host}).status_code == 400
    answer = client.get("/v2/project/x/experiments", headers={"Host": host})
    assert (answer.status_code, list(json_of(answer))) == (400, V2_KEYS)


def is_page(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and answer.data.startswith(b"<!doctype html>")


def json_of(answer: TestResponse) -> dict[str, str]:
    assert answer.content_type == "application/json"
    assert isinstance(answer.json, dict)
    assert all(isinstance(value, str) and value for value in answer.json.values())
    return answer.json


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(("path", "keys"), JSON_ERRORS.items())
def test_an_unknown_path_is_404_in_the_contracts_shape(
    client: FlaskClient, path: str, keys: list[str], method: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 404
    assert list(json_of(answer)) == keys


@pytest.mark.parametrize("path", PAGES)
def test_any_other_unknown_path_is_a_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert is_page(answer)


def test_an_admin_404_has_its_code(client: FlaskClient) -> None:
    assert json_of(client.get("/api/admin/nothing"))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("method", "path", "allowed", "keys"),
    [
        ("GET", "/v2/project/x/experiment/1/status", {"PATCH"}, V2_KEYS),
        ("POST", "/v2/project/x/experiment/1/status", {"PATCH"}, V2_KEYS),
        ("PUT", "/v2/project/x/experiment/1/status", {"PATCH"}, V2_KEYS),
        ("DELETE", "/v2/project/x/experiments", {"GET", "HEAD"}, V2_KEYS),
        ("GET", "/v2/project/x/create-experiment", {"POST"}, V2_KEYS),
        ("GET", "/api/admin/experiments/exp_1/status", {"POST"}, ADMIN_KEYS),
        ("PATCH", "/api/admin/experiments/exp_1/status", {"POST"}, ADMIN_KEYS),
        ("DELETE", "/api/admin/experiments", {"GET", "HEAD", "POST"}, ADMIN_KEYS),
        ("DELETE", "/api/admin/keys", {"GET", "HEAD", "POST"}, ADMIN_KEYS),
    ],
)
def test_a_wrong_method_is_405_with_what_is_allowed(
    client: FlaskClient, method: str, path: str, allowed: set[str], keys: list[str]
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert {each.strip() for each in answer.headers["Allow"].split(",")} == {*allowed, "OPTIONS"}
    assert list(json_of(answer)) == keys


def test_an_admin_405_has_its_code(client: FlaskClient) -> None:
    assert json_of(client.delete("/api/admin/keys"))["code"] == "METHOD_NOT_ALLOWED"


def test_a_wrong_method_on_a_page_is_405_as_a_page(client: FlaskClient) -> None:
    answer = client.delete("/sign-in")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert is_page(answer)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("door", ["v2", "admin"])
def test_a_crash_is_500_in_the_contracts_shape_and_tells_nothing(
    world: World, caplog: pytest.LogCaptureFixture, caller: str, door: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    ask = CALLERS[caller](world, project)
    world.execute("ALTER TABLE history RENAME TO gone")
    if door == "v2":
        answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    else:
        answer = ask("POST", names_path(experiment), {"status": "running"})
    assert answer.status_code == 500
    sentence = "Something went wrong here; it has been logged."
    admin = {
        "error": "Internal Server Error",
        "code": "INTERNAL_SERVER_ERROR",
        "detail": sentence,
    }
    assert json_of(answer) == ({"error": sentence} if door == "v2" else admin)
    assert "history" in caplog.text
    assert "Traceback" in caplog.text


@on_both_databases
def test_a_crash_leaves_no_half_state(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    rows = "SELECT status, p.version FROM experiment e JOIN project p ON p.id = e.project_id"
    before = world.execute(rows)
    ask = with_key(world, project)
    world.execute("ALTER TABLE history RENAME TO gone")
    ask("PATCH", integers_path(project, experiment), {"status": 1})
    assert world.execute(rows) == before


def test_after_a_crash_the_next_request_is_served(world: World) -> None:
    project = world.project()
    ask = with_key(world, project)
    path = integers_path(project, world.experiment(project))
    world.execute("ALTER TABLE history RENAME TO gone")
    assert ask("PATCH", path, {"status": 1}).status_code == 500
    world.execute("ALTER TABLE gone RENAME TO history")
    assert ask("PATCH", path, {"status": 1}).status_code == 200


@pytest.mark.parametrize("table", ["experiment", "user_account"])
def test_a_crash_of_a_page_is_a_page_that_tells_nothing(
    world: World, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    project = world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    world.execute(f"ALTER TABLE {table} RENAME TO gone")
    with caplog.at_level(logging.ERROR):
        answer = browser.get(f"/projects/{project.key}")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert is_page(answer)
    for told in (table, "SELECT", "Traceback", "sqlalchemy", "psycopg", "sqlite"):
        assert told not in html
    assert table in caplog.text


def test_an_error_page_is_whole_and_leads_back(world: World) -> None:
    browser = world.browser(world.user())
    html = browser.get("/projects/none").get_data(as_text=True)
    assert "<h1>Not found</h1>" in html
    assert 'href="/"' in html


def every(kind: type[DomainError]) -> set[type[DomainError]]:
    return {kind}.union(*(every(each) for each in kind.__subclasses__())) - {DomainError, Refused}


@pytest.mark.parametrize(
    "kind", sorted(every(DomainError), key=str), ids=lambda kind: kind.__name__
)
def test_both_contracts_have_words_for_every_error_of_the_domain(kind: type[DomainError]) -> None:
    error = MADE.get(kind) or kind("A sentence.")
    fitting = {503} if isinstance(error, Unavailable) else range(400, 500)
    body, status = v2_errors.error_response(error)
    assert (body, status in fitting) == ({"error": str(error)}, True)
    body, status = admin_errors.error_response(error)
    assert (list(body), body["detail"], status in fitting) == (ADMIN_KEYS, str(error), True)


def unauthenticated(browser: Browser, path: str, **headers: str) -> tuple[int, str | None]:
    answer = browser.get(path, **headers)
    where = "HX-Redirect" if "HX_Request" in headers else "Location"
    return answer.status_code, answer.headers.get(where)


@pytest.mark.parametrize(
    ("path", "following"),
    [
        ("/", "/sign-in"),
        ("/account", "/sign-in?next=/account"),
        ("/projects/a", "/sign-in?next=/projects/a"),
        (
            "/projects/a?status=draft&after=5",
            "/sign-in?next=/projects/a?status%3Ddraft%26after%3D5",
        ),
        ("/admin/plans", "/sign-in?next=/admin/plans"),
    ],
)
def test_a_signed_out_page_leads_to_sign_in_and_back(
    world: World, path: str, following: str
) -> None:
    assert unauthenticated(world.browser(), path) == (302, following)


@pytest.mark.parametrize(
    ("shown", "following"),
    [
        ("http://localhost/projects/a?status=draft", "/sign-in?next=/projects/a?status%3Ddraft"),
        ("http://localhost/", "/sign-in"),
        ("http://evil.example/projects/b", "/sign-in?next=/projects/b"),
        ("http://[", None),
        ("", None),
        ("http://localhost//evil.example", None),
    ],
)
def test_signed_out_htmx_is_401_and_leads_back_to_the_page_that_is_shown(
    world: World, shown: str, following: str | None
) -> None:
    answer = world.browser().get("/projects/a", HX_Request="true", HX_Current_URL=shown)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith(following or "/sign-in")
    assert answer.data == b""


@pytest.mark.parametrize(
    ("path", "sent_from", "following"),
    [
        ("/projects/a/new-experiment", "", "/sign-in?next=/projects/a/new-experiment&lost=1"),
        ("/projects/a/goals?x=1&y=2", "", "/sign-in?next=/projects/a/goals?x%3D1%26y%3D2&lost=1"),
        (
            "/projects/a/experiments/b/edit",
            "http://localhost/account",
            "/sign-in?next=/projects/a/experiments/b/edit&lost=1",
        ),
        (
            "/projects/a/install/origins",
            "http://localhost/projects/a/install",
            "/sign-in?next=/projects/a/install&lost=1",
        ),
        (
            "/projects/a/install/origins",
            "http://localhost/projects/a/install/origins",
            "/sign-in?lost=1",
        ),
        ("/projects/a/install/origins", "", "/sign-in?lost=1"),
        ("/sign-out", "http://localhost/", "/sign-in"),
        ("/projects/a/install/key", "http://localhost//evil.example", "/sign-in?lost=1"),
        ("/projects/a/install/key", "http://[", "/sign-in?lost=1"),
        ("/projects/a/install/key", "javascript:alert(1)", "/sign-in?lost=1"),
    ],
)
def test_a_form_that_is_sent_signed_out_leads_to_sign_in_and_back_to_its_page(
    world: World, path: str, sent_from: str, following: str
) -> None:
    answer = world.browser().client.post(path, data={}, headers={"Referer": sent_from})
    assert (answer.status_code, answer.headers["Location"]) == (302, following)


@contextmanager
def broken(world: World, at: str) -> Generator[None]:
    """Have the database fail at an event of its engine: "commit", or "before_cursor_execute"."""

    def fail(*_: object) -> None:
        cause = sqlite3.OperationalError("disk I/O error")
        cause.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise OperationalError("", {}, cause)

    with listened_to(world.app, at, fail):
        yield


def links(answer: TestResponse) -> dict[str, str]:
    """The ways that a page offers, and where they lead."""
    return {each.text: each.attributes["href"] for each in page(answer).the("main").every("a")}


def test_a_page_that_the_database_has_not_given_can_be_asked_for_again(world: World) -> None:
    project = world.project()
    member = world.browser(world.member(project))
    with broken(world, "before_cursor_execute"):
        answer = member.get(f"/projects/{project.key}?status=live")
    assert answer.status_code == 503
    said = page(answer).the("main").text
    assert "The database cannot be used at this moment. The page could not be shown." in said
    assert "Nothing was done" not in said
    again = f"/projects/{project.key}?status=live"
    assert links(answer) == {"Try again": again, "To your projects": "/"}


def test_a_form_that_the_database_has_not_taken_says_that_nothing_was_done(world: World) -> None:
    project = world.project()
    member = world.browser(world.member(project))
    with broken(world, "before_cursor_execute"):
        answer = member.client.post(
            f"/projects/{project.key}/stop-all",
            data={"csrf_token": member.csrf_token},
            headers={"Referer": f"http://localhost/projects/{project.key}/slots"},
        )
    assert answer.status_code == 503
    assert "Nothing was done. Try again." in page(answer).the("main").text
    before = f"/projects/{project.key}/slots"
    assert links(answer) == {"Back to the page": before, "To your projects": "/"}


def test_what_was_lost_while_it_was_committed_is_not_said_to_be_undone(world: World) -> None:
    project = world.project()
    path, ask = integers_path(project, world.experiment(project)), with_key(world, project)
    member = world.browser(world.member(project))
    with broken(world, "commit"):
        of_form = member.submit(f"/projects/{project.key}/hold")
        of_program = ask("PATCH", path, {"status": 1})
    unsure = "It may or may not have been done: look how things are."
    assert of_form.status_code == of_program.status_code == 503
    assert unsure in page(of_form).the("main").text
    assert of_program.json == {"error": f"The database cannot be used at this moment. {unsure}"}
