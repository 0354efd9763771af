"""The log as JSON: each line is an object, whatever is in it."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core import current_request
from app.web.request_log import json_logs
from tests import patient, servers


def line(level: int, message: str, *values: object, **members: object) -> dict[str, Any]:
    """Return what a program reads of a record."""
    fault = sys.exc_info() if sys.exc_info()[0] else None
    record = logging.LogRecord("app.jobs", level, "jobs.py", 1, message, values, fault)
    vars(record).update(members)
    text = json_logs.formatter().format(record)
    assert len(text.splitlines()) == 1
    return json.loads(text)


def test_a_line_says_when_how_grave_who_and_what() -> None:
    said = line(logging.WARNING, "%s waits", "queue")
    assert said.pop("timestamp").endswith("Z")
    assert said == {"level": "warning", "logger": "app.jobs", "event": "queue waits"}


def test_what_is_known_of_a_request_are_members_and_so_is_its_id() -> None:
    token = current_request.begin("0f8fad5b")
    try:
        said = line(logging.INFO, "GET / 200", status=200, ms=1.5)
    finally:
        current_request.end(token)
    assert (said["request_id"], said["status"], said["ms"]) == ("0f8fad5b", 200, 1.5)


def test_a_traceback_is_a_member() -> None:
    said: dict[str, Any] = {}
    try:
        int("two\nlines")
    except ValueError:
        said = line(logging.ERROR, "failed")
    assert "Traceback" in said["exception"]
    assert said["exception"].endswith(r"literal for int() with base 10: 'two\nlines'")


@pytest.mark.parametrize("sent", ["two\nlines", 'a "quote"', "\u2028", "\x1b[2J", "größe"])
def test_whatever_somebody_sends_is_one_line(sent: str) -> None:
    assert line(logging.INFO, "%s", sent)["event"] == sent


def test_all_that_a_worker_logs_is_json(database_url: str, tmp_path: Path) -> None:
    environment = {"LOG_FORMAT": "json"}
    with servers.serve(database_url, tmp_path, workers=1, environment=environment) as server:
        answer = patient.get(f"{server.address}/none")
        server.stop()
    lines = [json.loads(each) for each in server.log.read_text().splitlines() if each[:1] == "{"]
    (asked,) = [each for each in lines if "path" in each]
    assert asked["request_id"] == answer.headers["X-Request-ID"]
    assert (asked["path"], asked["status"]) == ("/none", 404)
    assert [each for each in lines if "up to date" in each["event"]]
