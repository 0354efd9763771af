"""The access log: which requests have a line, and what it says of whom."""

import logging

import pytest
from flask.testing import FlaskClient

from app.accounts import api_keys
from app.models import KeyType, Role
from tests.conftest import MakeApp
from tests.world import COMMAND_LINE, World

LOG = "app.web.request_log.access_log"
FLAGS = "/ofrep/v1/evaluate/flags"
QUIET = ["/static/app.css", "/switchyard.js", "/healthz", "/readyz"]


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the lines say, but for how long it took."""
    lines = [each.getMessage() for each in caplog.records if each.name == LOG]
    caplog.clear()
    return [line.partition(" in ")[0] + line.partition(" ms")[2] for line in lines]


def test_a_request_of_nobody_known_has_a_line_without_its_query(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.app.test_client().get("/sign-in?next=/projects/secret")
    (record,) = [each for each in caplog.records if each.name == LOG]
    assert record.levelno == logging.INFO
    found = vars(record)
    assert (found["method"], found["path"], found["status"]) == ("GET", "/sign-in", 200)
    assert 0 < found["ms"] < 60_000
    assert said(caplog) == ["GET /sign-in 200"]


def test_a_line_names_the_person_who_is_signed_in(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    email = world.user()
    browser, user_id = world.browser(email), world.person(email).user_id
    caplog.clear()
    browser.get("/account")
    browser.submit("/sign-out")
    assert said(caplog) == [
        f"GET /account 200 by user {user_id}",
        f"POST /sign-out 302 by user {user_id}",
    ]


def test_a_line_names_the_key_that_was_used_and_never_its_token(
    world: World, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    project = world.project()
    with world.app.app_context():
        minted = api_keys.mint(project.id, KeyType.ADMIN, "deploys", COMMAND_LINE)
    headers = {"Authorization": f"Bearer {minted.token}"}
    client.get(f"/v2/project/{project.key}/experiments", headers=headers)
    client.get(f"/v2/project/{project.key}/experiments", headers={"x-api-key": "wrong"})
    path = f"/v2/project/{project.key}/experiments"
    ((id_of_key,),) = world.execute("SELECT id FROM api_key")
    assert said(caplog) == [f"GET {path} 200 by key {id_of_key}", f"GET {path} 401"]


def test_a_crash_has_a_line_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    email = world.user()
    browser, user_id = world.browser(email), world.person(email).user_id
    caplog.clear()
    world.execute("ALTER TABLE membership RENAME TO gone")
    browser.get("/")
    assert said(caplog) == [f"GET / 500 by user {user_id}"]


@pytest.mark.parametrize("path", QUIET)
def test_what_is_asked_for_again_and_again_has_no_line(
    world: World, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    client = world.app.test_client()
    client.get(path, buffered=True)
    client.post(FLAGS)
    client.post("/collect")
    client.post("/collect", environ_overrides={"PATH_INFO": "//collect"})
    assert said(caplog) == []


def test_a_line_is_never_longer_than_anybody_reads(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.app.test_client().get("/" + '"' * 60_000)
    (line,) = said(caplog)
    assert line.endswith("404")
    assert len(line) < 10_000


def poll(world: World) -> int | None:
    """Somebody's page asks twice whether anything is new, and nothing is; return who that is."""
    project = world.project()
    email = world.member(project, Role.VIEWER)
    browser, path = world.browser(email), f"/projects/{project.key}"
    tag = browser.get(path).headers["ETag"]
    for _ in range(2):
        found = browser.get(path, HX_Request="true", If_None_Match=tag)
        assert found.status_code == 304
    return world.person(email).user_id


def test_a_poll_that_finds_nothing_new_has_no_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    poll(world)
    assert [line for line in said(caplog) if " 304" in line] == []


def test_where_all_are_wanted_each_has_a_line(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(make_app(ACCESS_LOG="all"))
    client = world.app.test_client()
    client.get("/healthz")
    client.post(FLAGS)
    assert said(caplog) == ["GET /healthz 200", f"POST {FLAGS} 401"]
    user_id = poll(world)
    lines = [line for line in said(caplog) if " 304 " in line]
    assert len(lines) == 2
    assert all(line.endswith(f" by user {user_id}") for line in lines)


def test_where_none_is_wanted_none_has_a_line(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    make_app(ACCESS_LOG="none").test_client().get("/sign-in")
    assert said(caplog) == []


def test_an_address_in_any_script_is_logged_as_it_was_sent(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.app.test_client().get("/größe")
    world.app.test_client().get("/%ff")
    assert said(caplog) == ["GET /größe 404", "GET /\ufffd 404"]
