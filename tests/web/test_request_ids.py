"""The id of a request: in its answer, on the page that tells of an error, and in its log lines."""

import logging
import re
from collections.abc import Generator

import pytest
from flask.logging import default_handler
from werkzeug.test import TestResponse

from app.core import current_request
from tests.conftest import MakeApp
from tests.world import World

HEADER = "X-Request-ID"
MADE = re.compile(r"[0-9a-f]{16}")


def id_of(answer: TestResponse) -> str:
    (found,) = answer.headers.getlist(HEADER)
    return found


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sign-in"),
        ("GET", "/none"),
        ("GET", "/"),
        ("GET", "/healthz"),
        ("GET", "/static/app.css"),
        ("DELETE", "/sign-in"),
        ("PATCH", "/v2/project/none/experiment/1/status"),
        ("POST", "/api/admin/experiments/exp_1/status"),
        ("POST", "/ofrep/v1/evaluate/flags"),
        ("POST", "/collect"),
    ],
)
def test_every_answer_names_its_request_once(world: World, method: str, path: str) -> None:
    client = world.app.test_client()
    first, second = (id_of(client.open(path, method=method, buffered=True)) for _ in range(2))
    assert MADE.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("given", ["0f8fad5b-d9cb-469f-a165-70867728950e", "a" * 64, "Abc_1.23"])
def test_the_id_of_a_trusted_proxy_is_kept(make_app: MakeApp, given: str) -> None:
    client = make_app(TRUSTED_PROXIES="1").test_client()
    assert id_of(client.get("/healthz", headers={HEADER: given})) == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with spaces", "quoted\"'", "é" * 8])
def test_an_id_that_is_none_is_replaced(make_app: MakeApp, given: str) -> None:
    client = make_app(TRUSTED_PROXIES="1").test_client()
    answer = client.get("/healthz", headers={HEADER: given.encode().decode("latin-1")})
    assert MADE.fullmatch(id_of(answer))


def test_without_a_trusted_proxy_nobody_chooses_an_id(world: World) -> None:
    given = "0f8fad5bd9cb469f"
    answer = world.app.test_client().get("/healthz", headers={HEADER: given})
    assert id_of(answer) != given


@pytest.mark.parametrize("path", ["/none", "/admin/plans"])
def test_the_page_of_an_error_names_the_request(world: World, path: str) -> None:
    answer = world.browser(world.user()).get(path)
    assert f"Request {id_of(answer)}" in answer.text


def test_a_crash_is_found_in_the_log_by_what_its_page_says(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = world.browser(world.user())
    world.execute("ALTER TABLE membership RENAME TO gone")
    answer = browser.get("/")
    assert f"Request {id_of(answer)}" in answer.text
    (line,) = [each for each in logged(capsys) if "ERROR" in each]
    assert line.endswith(f"ERROR in doors: GET / failed [request {id_of(answer)}]")


def test_what_is_logged_outside_of_requests_names_none(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.app.test_client().get("/healthz")
    logged(capsys)
    assert current_request.request_id() == ""
    world.app.logger.warning("The jobs wait.")
    (line,) = logged(capsys)
    assert line.endswith("The jobs wait.")


@pytest.mark.parametrize("sent", ["one\ntwo", "one\r\ntwo", "one\u2028two", "one\x1b[2Jtwo"])
def test_what_somebody_sends_begins_no_line_of_its_own(
    world: World, capsys: pytest.CaptureFixture[str], sent: str
) -> None:
    world.app.logger.warning("%s was sent", sent)
    (line,) = logged(capsys)
    assert line.isprintable()
    assert line.endswith("two was sent")


def logged(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.fixture(autouse=True)
def _own_handler() -> Generator[None]:
    """Write where a server writes, whatever else collects records in a test run."""
    logger = logging.getLogger("app")
    before = [*logger.handlers]
    logger.addHandler(default_handler)
    yield
    logger.handlers = before
