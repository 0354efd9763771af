"""Bodies that no honest client sends, and what each contract answers."""

import codecs
import gzip
import io
import json

import pytest
from flask.testing import FlaskClient

from app.models import Status
from tests.api.asking import integers_path, names_path
from tests.world import World

LARGEST = 64 * 1024

NOT_JSON = {
    "empty": b"",
    "white space": b"  \n",
    "words": b"status=1",
    "unfinished": b'{"status": 1',
    "single quotes": b"{'status': 1}",
    "two values": b'{"status": 1} {"status": 0}',
    "trailing comma": b'{"status": 1,}',
    "not utf-8": b'{"status": "\xff\xfe"}',
    "utf-16": '{"status": 1}'.encode("utf-16"),
    "raw nul": b'{"status": 1}\x00',
    "lone high surrogate": b'{"status": "\\ud800"}',
    "lone low surrogate": b'{"status": "\\udc00"}',
    "deep nesting": b'{"status": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
}
NOT_AN_OBJECT = {
    "list": b"[]",
    "list of one": b'[{"status": 1}]',
    "string": b'"x"',
    "number": b"1",
    "null": b"null",
    "true": b"true",
}
NO_STATUS = {
    "no member": b"{}",
    "another member": b'{"state": 1}',
    "another case": b'{"Status": 1}',
    "null": b'{"status": null}',
    "true": b'{"status": true}',
    "false": b'{"status": false}',
    "list": b'{"status": [1]}',
    "object": b'{"status": {"status": 1}}',
    "empty string": b'{"status": ""}',
    "nul in a string": b'{"status": "\\u0000"}',
    "fraction": b'{"status": 1.5}',
    "exponent": b'{"status": 1e0}',
    "whole fraction": b'{"status": 1.0}',
    "minus zero as a fraction": b'{"status": -0.0}',
    "not a number": b'{"status": NaN}',
    "infinity": b'{"status": Infinity}',
    "64 bits and more": b'{"status": 18446744073709551617}',
    "thousand digits": b'{"status": ' + b"1" * 1000 + b"}",
    "five thousand digits": b'{"status": ' + b"9" * 5000 + b"}",
}
NO_INTEGER_STATUS = {
    **NO_STATUS,
    "two": b'{"status": 2}',
    "minus one": b'{"status": -1}',
    "number in a string": b'{"status": "1"}',
    "name": b'{"status": "running"}',
}
NO_NAME_STATUS = {
    **NO_STATUS,
    "integer": b'{"status": 1}',
    "another name": b'{"status": "live"}',
    "capitals": b'{"status": "RUNNING"}',
    "capital": b'{"status": "Running"}',
    "space": b'{"status": "running "}',
}
# Which sort of wrong these are is the parser's business; both contracts only promise a refusal.
EITHER = {"not a number", "infinity", "five thousand digits"}


def table(*tables: dict[str, bytes]) -> list[object]:
    return [pytest.param(body, id=name) for rows in tables for name, body in rows.items()]


@pytest.mark.parametrize("body", table(NOT_JSON, NOT_AN_OBJECT, NO_INTEGER_STATUS))
def test_v2_answers_400_and_changes_nothing(world: World, client: FlaskClient, body: bytes) -> None:
    project = world.project()
    experiment = world.experiment(project)
    headers = {"x-api-key": world.key(project)}
    answer = client.patch(integers_path(project, experiment), data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error"]
    assert world.reload(experiment).status is Status.DRAFT


@pytest.mark.parametrize("body", table(NOT_AN_OBJECT, NO_INTEGER_STATUS))
def test_v2_names_the_values_that_it_takes(world: World, client: FlaskClient, body: bytes) -> None:
    if body in {NO_STATUS[name] for name in EITHER}:
        body = b'{"status": 3}'
    project = world.project()
    path = integers_path(project, world.experiment(project))
    answer = client.patch(path, data=body, headers={"x-api-key": world.key(project)})
    assert answer.json == {"error": "Invalid status value: must be 0, 1, or 9."}


@pytest.mark.parametrize("body", table(NOT_JSON))
def test_admin_answers_400_bad_request_to_what_is_not_json(
    world: World, client: FlaskClient, body: bytes
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    headers = {"X-SDK-Key": world.key(project)}
    answer = client.post(names_path(experiment), data=body, headers=headers)
    expected = {
        "error": "Bad request",
        "code": "BAD_REQUEST",
        "detail": "The body is not valid JSON.",
    }
    assert (answer.status_code, answer.json) == (400, expected)
    assert world.reload(experiment).status is Status.DRAFT


@pytest.mark.parametrize("body", table(NOT_AN_OBJECT, NO_NAME_STATUS))
def test_admin_answers_422_validation_to_another_value(
    world: World, client: FlaskClient, body: bytes
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    headers = {"X-SDK-Key": world.key(project)}
    answer = client.post(names_path(experiment), data=body, headers=headers)
    assert answer.json
    assert list(answer.json) == ["error", "code", "detail"]
    codes = {(422, "VALIDATION")}
    if body in {NO_STATUS[name] for name in EITHER}:
        codes.add((400, "BAD_REQUEST"))
    assert (answer.status_code, answer.json["code"]) in codes
    assert world.reload(experiment).status is Status.DRAFT


def test_admin_says_which_statuses_it_takes(world: World, client: FlaskClient) -> None:
    project = world.project()
    headers = {"X-SDK-Key": world.key(project)}
    path = names_path(world.experiment(project))
    answer = client.post(path, json={"status": "live"}, headers=headers)
    assert answer.json
    for status in ("draft", "running", "stopped", "archived"):
        assert status in answer.json["detail"]


def padded(size: int, status: object) -> bytes:
    """A good body of `size` bytes."""
    bare = json.dumps({"status": status}).encode()
    return bare[:-1] + b" " * (size - len(bare)) + b"}"


def test_v2_takes_64_kib_and_refuses_a_byte_more(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = integers_path(project, world.experiment(project))
    headers = {"x-api-key": world.key(project)}
    assert client.patch(path, data=padded(LARGEST, 1), headers=headers).status_code == 200
    answer = client.patch(path, data=padded(LARGEST + 1, 0), headers=headers)
    assert answer.status_code == 413
    assert answer.json
    assert list(answer.json) == ["error"]


def test_admin_takes_64_kib_and_refuses_a_byte_more(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = names_path(world.experiment(project))
    headers = {"X-SDK-Key": world.key(project)}
    answer = client.post(path, data=padded(LARGEST + 1, "running"), headers=headers)
    assert answer.status_code == 413
    assert answer.json
    assert list(answer.json) == ["error", "code", "detail"]
    assert client.post(path, data=padded(LARGEST, "running"), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(padded(LARGEST + 1, 1), id="one-long-object"),
        pytest.param(b'{"status": 1}' + b" " * LARGEST, id="good-before-the-limit"),
    ],
)
def test_a_body_in_chunks_is_held_to_64_kib_too(
    world: World, client: FlaskClient, body: bytes
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    answer = client.patch(
        integers_path(project, experiment),
        data=body,
        headers={"x-api-key": world.key(project), "Transfer-Encoding": "chunked"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert world.reload(experiment).status is Status.DRAFT


class Broken(io.RawIOBase):
    """A connection that breaks while the body is on its way."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        raise ConnectionResetError


@pytest.mark.parametrize(
    "arriving", [io.BytesIO(b'{"status": "running"}'), Broken()], ids=["cut short", "broken"]
)
def test_a_body_that_does_not_arrive_whole_is_400_and_changes_nothing(
    world: World, client: FlaskClient, arriving: object
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    answer = client.post(
        names_path(experiment),
        headers={"X-SDK-Key": world.key(project)},
        environ_overrides={
            "wsgi.input": arriving,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "22",
        },
    )
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (400, "BAD_REQUEST")
    assert world.reload(experiment).status is Status.DRAFT


@pytest.mark.parametrize("contract", ["integers", "names"])
def test_a_byte_order_mark_is_read_past_and_a_compressed_body_refused(
    world: World, client: FlaskClient, contract: str
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    is_integers = contract == "integers"
    path = integers_path(project, experiment) if is_integers else names_path(experiment)
    method = "PATCH" if is_integers else "POST"
    body = json.dumps({"status": 1 if is_integers else "running"}).encode()
    headers = {"Authorization": f"Bearer {world.key(project)}"}
    compressed = client.open(
        path,
        method=method,
        data=gzip.compress(body),
        headers={**headers, "Content-Encoding": "gzip"},
    )
    assert (compressed.status_code, world.reload(experiment).status) == (415, Status.DRAFT)
    assert "without a Content-Encoding" in str(compressed.json)
    marked = client.open(path, method=method, data=codecs.BOM_UTF8 + body, headers=headers)
    assert (marked.status_code, world.reload(experiment).status) == (200, Status.RUNNING)
