"""/switchyard.js as it is served: small, cached shortly, and for pages of any origin."""

import gzip
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.visitors import script
from tests import statements
from tests.world import World

TEMPLATES = re.compile("`[^`\n]*`")
LARGEST_BYTES = 6 * 1024
NEWER_THAN_ES2018 = re.compile(
    r"fromEntries|\?\.|\?\?|\|\|=|&&=|catch \{|\.flat\(|\.matchAll\(|#[a-z]+ ?="
)


def fetched(client: FlaskClient, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/switchyard.js", headers=named, buffered=True)


def test_it_is_sent_compressed_and_is_smaller_than_six_kilobytes(client: FlaskClient) -> None:
    answer = fetched(client, Accept_Encoding="br, gzip")
    plain = fetched(client)
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert {"Accept-Encoding"} <= {*answer.vary} & {*plain.vary}
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert len(answer.data) < LARGEST_BYTES
    assert gzip.decompress(answer.data) == plain.data == script.made().plain


def test_it_is_written_for_browsers_of_2018() -> None:
    assert NEWER_THAN_ES2018.findall(script.made().plain.decode()) == []


def test_its_texts_are_as_they_are_written() -> None:
    written = script.SCRIPT.read_text()
    plain = script.made().plain.decode()
    texts = [text for text in TEMPLATES.findall(written) if "${" in text]
    assert texts
    assert [text for text in texts if text not in plain] == []


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
