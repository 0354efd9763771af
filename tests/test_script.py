"""The script as it is served: small, for pages of any origin, and for good where that is asked."""

import gzip
import hashlib
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.visitors import built_scripts
from tests import statements
from tests.world import World

TEMPLATES = re.compile("`[^`\n]*`")
LARGEST_BYTES = 6 * 1024
# All that have landed, as pages may name any of them; a new one is added here.
LANDED = {
    "switchyard-10d012e31f90b0c3.js",
    "switchyard-507fd721822e9a18.js",
    "switchyard-bc232360d453e755.js",
    "switchyard-preview-102579ddde16944d.js",
    "switchyard-preview-5d020964a142059d.js",
}
NEWER_THAN_ES2018 = re.compile(
    r"fromEntries|\?\.|\?\?|\|\|=|&&=|catch \{|\.flat\(|\.matchAll\(|#[a-z]+ ?="
)


def fetched(client: FlaskClient, path: str = "/switchyard.js", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers=named, buffered=True)


def test_it_is_sent_compressed_and_is_smaller_than_six_kilobytes(client: FlaskClient) -> None:
    answer = fetched(client, Accept_Encoding="br, gzip")
    plain = fetched(client)
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert {"Accept-Encoding"} <= {*answer.vary} & {*plain.vary}
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert len(answer.data) < LARGEST_BYTES
    assert gzip.decompress(answer.data) == plain.data == built_scripts.newest().plain


def test_a_script_that_has_landed_never_changes_and_is_never_taken_away() -> None:
    kept = {path.name: path.read_bytes() for path in built_scripts.KEPT.iterdir()}
    assert kept.keys() == LANDED
    for name, content in kept.items():
        checksum = name.removesuffix(".js").rpartition("-")[2]
        assert hashlib.sha256(content).hexdigest().startswith(checksum), name


def test_the_newest_are_kept_for_those_who_will_name_them() -> None:
    made = {built_scripts.newest().name, built_scripts.newest_of_preview().name}
    assert made <= LANDED, "make scripts, and add their names above"


@pytest.mark.parametrize("name", sorted(LANDED))
def test_at_its_own_address_a_script_is_kept_for_good(client: FlaskClient, name: str) -> None:
    answer = fetched(client, f"/scripts/{name}", Origin="https://shop.example")
    assert answer.data == (built_scripts.KEPT / name).read_bytes()
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers.getlist("Cache-Control") == ["public, max-age=31536000, immutable"]
    assert answer.mimetype == "text/javascript"


def test_it_is_written_for_browsers_of_2018() -> None:
    assert NEWER_THAN_ES2018.findall(built_scripts.newest().plain.decode()) == []


def test_its_texts_are_as_they_are_written() -> None:
    written = built_scripts.SCRIPT.read_text()
    plain = built_scripts.newest().plain.decode()
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


@pytest.mark.parametrize(
    "path", ["/static/switchyard.js", "/sign-in", "/switchyard.js/none", "/scripts/none.js"]
)
def test_everything_else_stays_with_its_own_origin(client: FlaskClient, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert headers.getlist("Cross-Origin-Resource-Policy") == ["same-origin"]
