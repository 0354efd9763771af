"""/switchyard.js as it is served: small, cached shortly, and for pages of any origin."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import statements
from tests.world import World

SCRIPT = Path(__file__).parent.parent / "static" / "switchyard.js"
LARGEST_BYTES = 6000
NEWER_THAN_ES2018 = re.compile(r"\?\.|\?\?|\|\|=|&&=|catch \{|\.flat\(|\.matchAll\(|#[a-z]+ ?=")


def fetched(client: FlaskClient, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/switchyard.js", headers=named, buffered=True)


def test_it_is_smaller_than_six_kilobytes() -> None:
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) < LARGEST_BYTES


def test_it_is_written_for_browsers_of_2018() -> None:
    assert NEWER_THAN_ES2018.findall(SCRIPT.read_text()) == []


def test_it_is_the_file_as_it_lies_there(client: FlaskClient) -> None:
    answer = fetched(client)
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.data == SCRIPT.read_bytes()


def test_pages_of_any_origin_may_load_it_and_keep_it_for_five_minutes(client: FlaskClient) -> None:
    headers = fetched(client, Origin="https://shop.example").headers
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert headers.getlist("Cache-Control") == ["public, max-age=300"]
    assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert "Set-Cookie" not in headers


def test_who_has_it_already_gets_no_second_copy(client: FlaskClient) -> None:
    answer = fetched(client, If_None_Match=fetched(client).headers["ETag"])
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers.getlist("Cross-Origin-Resource-Policy") == ["cross-origin"]
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_it_asks_no_database(world: World, client: FlaskClient) -> None:
    with statements.recorded(world.app) as sent:
        fetched(client)
    assert sent == []


@pytest.mark.parametrize("path", ["/static/switchyard.js", "/sign-in", "/switchyard.js/none"])
def test_everything_else_stays_with_its_own_origin(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["same-origin"]
