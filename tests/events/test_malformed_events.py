"""Events that cannot be read are dropped one by one; a request that cannot be read is refused."""

import json
from typing import Any

import pytest

from tests.events import audit
from tests.serving.site import Site, did, saw

pytestmark = pytest.mark.usefixtures("audited")

EXPOSURE: dict[str, Any] = saw("experiment", "visitor-1")
CONVERSION: dict[str, Any] = did("order", "visitor-1")
LARGEST = 2 * 1024 * 1024

MALFORMED: dict[str, object] = {
    "null": None,
    "a number": 1,
    "text": "exposure",
    "a list": [EXPOSURE],
    "an empty object": {},
    "no type": {"experiment": "experiment", "unit": "visitor-1"},
    "another type": {**EXPOSURE, "type": "click"},
    "a capital type": {**EXPOSURE, "type": "Exposure"},
    "a type that is null": {**EXPOSURE, "type": None},
    "a type that is a list": {**EXPOSURE, "type": ["exposure"]},
    "a type that is an object": {**EXPOSURE, "type": {}},
    "no experiment": {"type": "exposure", "unit": "visitor-1"},
    "an experiment by number": {**EXPOSURE, "experiment": 1},
    "an experiment that is null": {**EXPOSURE, "experiment": None},
    "an exposure of a goal": {"type": "exposure", "goal": "order", "unit": "visitor-1"},
    "no goal": {"type": "conversion", "unit": "visitor-1"},
    "a goal that is a list": {**CONVERSION, "goal": ["order"]},
    "no unit": {"type": "exposure", "experiment": "experiment"},
    "a unit that is null": {**EXPOSURE, "unit": None},
    "an empty unit": {**EXPOSURE, "unit": ""},
    "a unit that is a number": {**EXPOSURE, "unit": 1},
    "a unit that is true": {**EXPOSURE, "unit": True},
    "a unit that is a list": {**EXPOSURE, "unit": ["visitor-1"]},
    "a unit of 257 characters": {**EXPOSURE, "unit": "u" * 257},
    "a conversion's unit of 257 characters": {**CONVERSION, "unit": "u" * 257},
    "a value that is text": {**CONVERSION, "value": "1"},
    "a value that is true": {**CONVERSION, "value": True},
    "a value that is false": {**CONVERSION, "value": False},
    "a value that is a list": {**CONVERSION, "value": [1]},
    "a value above 1e12": {**CONVERSION, "value": 1e13},
    "a value below -1e12": {**CONVERSION, "value": -1e13},
    "a whole value above 1e12": {**CONVERSION, "value": 10**12 + 1},
    "a value of 400 digits": {**CONVERSION, "value": 10**400},
    "a variant of the sender's": {**EXPOSURE, "variant": "treatment"},
    "a value of an exposure": {**EXPOSURE, "value": 1},
    "an empty id": {**CONVERSION, "id": ""},
    "an id of 256 characters": {**CONVERSION, "id": "i" * 256},
    "an id that is a number": {**CONVERSION, "id": 1},
    "a time without an offset": {**CONVERSION, "time": "2026-01-15T10:30:00"},
    "a time that is a number": {**CONVERSION, "time": 1768473000},
    "a day": {**EXPOSURE, "time": "2026-01-15"},
}

NOT_TAKEN: dict[str, bytes] = {
    "empty": b"",
    "words": b"exposure",
    "unfinished": b'{"events": [',
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "no events": b"{}",
    "events that are null": b'{"events": null}',
    "events that are an object": b'{"events": {}}',
    "events that are text": b'{"events": "exposure"}',
    "not utf-8": b'{"events": ["\xff"]}',
    "a lone surrogate": b'{"events": ["\\ud800"]}',
    "not a number": b'{"events": [{"value": NaN}]}',
    "infinity": b'{"events": [{"value": -Infinity}]}',
    "deep nesting": b'{"events": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "a key that is a number": b'{"events": [], "key": 1}',
}


def test_events_that_cannot_be_read_are_dropped_and_the_next_is_counted(site: Site) -> None:
    site.goal("order")
    experiment = site.experiment()
    accepted, dropped = site.collect(*MALFORMED.values(), saw(experiment, "a"))
    reasons = {name: dict(dropped).get(index) for index, name in enumerate(MALFORMED)}
    assert reasons == dict.fromkeys(MALFORMED, "malformed")
    assert (accepted, audit.exposed(site.world, experiment)) == (1, {1: 1})


SAID: dict[str, str] = {
    "a number": "body: has to be an object.",
    "no type": "body: type is missing.",
    "another type": "body: type has to be one of exposure, conversion.",
    "an empty unit": "exposure.unit: is too short: at least 1.",
    "a value that is text": "conversion.value: has to be a number.",
    "a value above 1e12": "conversion.value: has to be at most 1,000,000,000,000.",
}


def test_what_is_wrong_with_an_event_is_said_in_plain_words(site: Site) -> None:
    answer = site.send(*(MALFORMED[name] for name in SAID))
    assert answer.json is not None
    assert [each["detail"] for each in answer.json["dropped"]] == list(SAID.values())


def test_a_member_that_nobody_would_look_at_is_named_with_the_one_that_was_meant(
    site: Site,
) -> None:
    answer = site.send({**CONVERSION, "timestamp": "2026-01-15T10:30:00Z"})
    assert answer.json is not None
    (dropped,) = answer.json["dropped"]
    assert dropped["reason"] == "malformed"
    assert "timestamp here. Did you mean time?" in dropped["detail"]


@pytest.mark.parametrize("unit", ["nul\0", " ", "\n", "ü", "\N{GRINNING FACE}" * 256, "u" * 256])
def test_a_unit_is_any_text_of_1_to_256_characters(site: Site, unit: str) -> None:
    experiment = site.experiment()
    assert site.collect(saw(experiment, unit), saw(experiment, unit)) == (2, [])
    assert audit.exposed(site.world, experiment) == {1: 1}


def test_a_request_that_cannot_be_read_is_refused_in_one_member(site: Site) -> None:
    answers = {name: site.send(json=None, data=body) for name, body in NOT_TAKEN.items()}
    got = {name: (each.status_code, list(each.json or ())) for name, each in answers.items()}
    assert got == dict.fromkeys(NOT_TAKEN, (400, ["error"]))


def test_a_value_beyond_all_numbers_is_refused_and_nothing_recorded(site: Site) -> None:
    experiment = site.experiment()
    body = json.dumps({"events": [saw(experiment, "a"), {**CONVERSION, "value": "BIG"}]})
    answer = site.send(json=None, data=body.replace('"BIG"', "1e400"))
    taken = answer.status_code == 202 and answer.json
    assert (taken and taken["dropped"][0]["reason"] == "malformed") or answer.status_code == 400


def padded(event: object, size: int) -> bytes:
    """A good body of `size` bytes."""
    return json.dumps({"events": [event]}).encode().ljust(size)


def test_two_megabytes_is_taken_and_a_byte_more_is_413_with_nothing_recorded(site: Site) -> None:
    experiment = site.experiment()
    more = site.send(json=None, data=padded(saw(experiment, "a"), LARGEST + 1))
    assert (more.status_code, list(more.json or ())) == (413, ["error"])
    assert audit.exposed(site.world, experiment) == {}
    assert site.send(json=None, data=padded(saw(experiment, "a"), LARGEST)).status_code == 202


def test_a_body_in_chunks_is_held_to_two_megabytes_too(site: Site) -> None:
    experiment = site.experiment()
    answer = site.send(
        json=None,
        data=padded(saw(experiment, "a"), LARGEST + 1),
        headers={**site.headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert audit.exposed(site.world, experiment) == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_is_405_in_one_member(site: Site, method: str) -> None:
    answer = site.client.open("/collect", method=method, headers=site.headers)
    assert (answer.status_code, list(answer.json or ())) == (405, ["error"])
    assert "POST" in answer.headers["Allow"]
