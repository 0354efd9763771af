"""Evaluations that no honest client asks for, and what the protocol's shape says to them."""

import json

import pytest

from tests.serving.site import FLAGS, Site

LARGEST = 64 * 1024
UNITS = ["u", "u" * 256, "\N{GRINNING FACE}" * 256, " ", "nul\0", "\n", "Łódź", "भारत", "\u202e"]

NOT_JSON = {
    "empty": b"",
    "white space": b" \n",
    "words": b"targetingKey=a",
    "unfinished": b'{"context": {',
    "two values": b'{"context": {}} {}',
    "not utf-8": b'{"context": {"targetingKey": "\xff"}}',
    "utf-16": '{"context": {"targetingKey": "a"}}'.encode("utf-16"),
    "lone high surrogate": b'{"context": {"targetingKey": "\\ud800"}}',
    "lone low surrogate": b'{"context": {"targetingKey": "a\\udc00"}}',
    "not a number": b'{"context": {"targetingKey": "a", "x": NaN}}',
    "deep lists": b'{"context": {"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}",
    "deep objects": b'{"x":' * 10_000 + b"1" + b"}" * 10_000,
}
NO_CONTEXT = {
    "null": b"null",
    "list": b"[]",
    "list of one": b'[{"context": {"targetingKey": "a"}}]',
    "text": b'"a"',
    "number": b"1",
    "no context": b"{}",
    "context is null": b'{"context": null}',
    "context is text": b'{"context": "a"}',
    "context is a list": b'{"context": ["targetingKey"]}',
    "targetingKey outside": b'{"targetingKey": "a"}',
    "a number": b'{"context": {"targetingKey": 1}}',
    "true": b'{"context": {"targetingKey": true}}',
    "a list of keys": b'{"context": {"targetingKey": ["a"]}}',
    "257 characters": b'{"context": {"targetingKey": "' + b"u" * 257 + b'"}}',
}
NO_UNIT = {
    "missing": b'{"context": {}}',
    "another case": b'{"context": {"targetingkey": "a"}}',
    "is null": b'{"context": {"targetingKey": null}}',
    "is empty": b'{"context": {"targetingKey": ""}}',
}
CODES = {"PARSE_ERROR": NOT_JSON, "INVALID_CONTEXT": NO_CONTEXT, "TARGETING_KEY_MISSING": NO_UNIT}


@pytest.mark.parametrize("code", CODES)
def test_what_cannot_be_evaluated_is_400_with_the_protocols_code_for_it(
    site: Site, code: str
) -> None:
    experiment = site.experiment()
    asked = {
        name: sent(site, f"{FLAGS}/{experiment.key}", body) for name, body in CODES[code].items()
    }
    every = {name: sent(site, FLAGS, body) for name, body in CODES[code].items()}
    assert asked == {name: (400, [experiment.key, code]) for name in CODES[code]}
    assert every == dict.fromkeys(CODES[code], (400, [code]))


def sent(site: Site, path: str, body: bytes) -> tuple[int, list[str]]:
    """The status for a body, and what the answer says but for its sentence."""
    answer = site.client.post(path, data=body, headers=site.headers)
    said = answer.json or {}
    assert said.pop("errorDetails").endswith(".")
    return answer.status_code, list(said.values())


def test_a_unit_is_any_text_of_1_to_256_characters(site: Site) -> None:
    experiment = site.experiment()
    for unit in UNITS:
        assert site.ask(experiment, unit).status_code == 200
        assert site.ask_all(unit).status_code == 200


def padded(size: int) -> bytes:
    """A good body of `size` bytes."""
    return json.dumps({"context": {"targetingKey": "a"}}).encode().ljust(size)


def test_64_kib_are_taken_and_a_byte_more_is_413(site: Site) -> None:
    experiment = site.experiment()
    taken = site.ask(experiment, "", json=None, data=padded(LARGEST))
    more = site.ask(experiment, "", json=None, data=padded(LARGEST + 1))
    every = site.client.post(FLAGS, data=padded(LARGEST + 1), headers=site.headers)
    assert (taken.status_code, more.status_code, every.status_code) == (200, 413, 413)
    assert list(more.json or ()) == ["key", "errorCode", "errorDetails"]
    assert list(every.json or ()) == ["errorCode", "errorDetails"]


def test_a_body_in_chunks_is_held_to_64_kib_too(site: Site) -> None:
    answer = site.ask(
        site.experiment(),
        "",
        json=None,
        data=padded(LARGEST + 1),
        headers={**site.headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


def test_any_content_type_is_taken_for_json(site: Site) -> None:
    body = json.dumps({"context": {"targetingKey": "a"}})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {**site.headers, "Content-Type": content_type}
        answer = site.ask(site.experiment(), "", json=None, data=body, headers=headers)
        assert answer.status_code == 200


def test_without_a_key_nothing_is_said_of_the_body(site: Site) -> None:
    answers = [site.client.post(FLAGS, data=body) for body in (b"", b"{}", padded(LARGEST + 1))]
    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_a_nul_in_the_address_is_404_in_json(site: Site) -> None:
    answer = site.client.post(f"{FLAGS}/a%00b", json={}, headers=site.headers)
    assert (answer.status_code, answer.content_type) == (404, "application/json")
