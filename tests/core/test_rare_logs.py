"""What happens to every request at once is a line a second, what keeps failing one a minute."""

import logging

import pytest

from app.core.rare_logs import Failures, RareLog
from tests.clock import Clock


def test_of_each_kind_one_line_a_second_says_how_many_there_were(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    clock = Clock()
    rare = RareLog(clock)
    for _ in range(100):
        rare.tell("read", "no %s", "database")
    rare.tell("write", "no room")
    clock.seconds += 1
    rare.tell("read", "no %s", "database")
    told = ["no database", "no room", "no database (and 99 more like it before)"]
    assert caplog.messages == told


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, bool]]:
    """Return what was logged since this was last asked, and whether with a traceback."""
    found = [(record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    caplog.clear()
    return found


def test_what_keeps_failing_is_told_with_its_traceback_once_and_in_a_line_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    failures = Failures(clock)
    for _ in range(150):
        failures.tell("queue", ValueError(f"after {clock.seconds}\nand so on"))
        clock.seconds += 1
    assert told(caplog) == [
        ("queue: not done, to be tried again", True),
        ("queue: still not done: after 60.0", False),
        ("queue: still not done: after 120.0", False),
    ]
    failures.tell("queue", KeyError("another"))
    failures.tell("schedule", ValueError("this too"))
    failures.end("queue")
    failures.end("sessions")
    failures.tell("queue", KeyError("another"))
    clock.seconds += 60
    failures.tell("queue", KeyError("another"))
    assert told(caplog) == [
        ("queue: not done, to be tried again", True),
        ("schedule: not done, to be tried again", True),
        ("queue: done again", False),
        ("queue: not done, to be tried again", True),
        ("queue: not done, to be tried again", True),
    ]
