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


@pytest.mark.parametrize(
    "between",
    [
        "\n",
        "\r\n",
        "\u2028",
        "\x1b[2J",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\U000e0041",
        "\u2800",
        "\u3164",
        "\ufe0f",
    ],
)
def test_what_somebody_sends_begins_no_line_of_its_own(
    world: World, capsys: pytest.CaptureFixture[str], between: str
) -> None:
    world.app.logger.warning("%s was sent", f"one{between}two")
    (line,) = logged(capsys)
    assert line.isprintable()
    assert line.endswith("two was sent")


LINE = re.compile(
    r"\[.{23}\] INFO in access_log: GET (?P<path>\S+) 404 in [\d.]+ ms \[request (?P<id>\w+)\]"
)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (
            "/a%20200%20in%201.0%20ms%20by%20user%201%20[request%200123456789abcdef]",
            "/a%20200%20in%201.0%20ms%20by%20user%201%20%5Brequest%200123456789abcdef%5D",
        ),
        ("/a%0a[2026-11-29%2012:03:00,512]%20INFO", "/a%0A%5B2026-11-29%2012:03:00,512%5D%20INFO"),
        ("/%E2%80%AEtxt.exe", "/%E2%80%AEtxt.exe"),
        ("/a%C2%A0b%E3%80%80c", "/a%C2%A0b%E3%80%80c"),
        ("/a%E2%A0%80200%E3%85%A4b", "/a%E2%A0%80200%E3%85%A4b"),
        ("/100%25%20sure", "/100%25%20sure"),
        ("/a%5Cn%22b%22", "/a%5Cn%22b%22"),
        ("/größe/東京", "/größe/東京"),
    ],
)
def test_no_path_passes_for_what_the_line_says_after_it(
    world: World, capsys: pytest.CaptureFixture[str], path: str, shown: str
) -> None:
    answer = world.app.test_client().get(path)
    (line,) = logged(capsys)
    found = LINE.fullmatch(line)
    assert found
    assert (found["path"], found["id"]) == (shown, id_of(answer))


def test_no_path_passes_for_another_request_where_it_crashes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = world.browser(world.user())
    world.execute("ALTER TABLE membership RENAME TO gone")
    logged(capsys)
    browser.get("/projects/a%20failed%20[request%200123456789abcdef]")
    lines = logged(capsys)
    (line,) = [each for each in lines if "ERROR" in each]
    assert "GET /projects/a%20failed%20%5Brequest%200123456789abcdef%5D failed" in line
    # The lines of the traceback stand in from those of requests.
    assert [each for each in lines if each.strip() and each[0] not in "[ "] == []


def test_no_text_names_another_request_and_no_traceback_begins_a_line(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    forged = "[2026-11-29 12:03:00,512] INFO in access_log: GET / 200 [request 0123456789abcdef]"

    def fail() -> None:
        raise ValueError(f"no\n{forged}\u202e")

    try:
        fail()
    except ValueError:
        world.app.logger.exception("not done: %s", forged)
    lines = logged(capsys)
    assert lines[0].count("[request ") == 0
    assert len(lines) > 3
    assert all(each.startswith("  ") and each.isprintable() for each in lines[1:])


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
