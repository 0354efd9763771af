"""What happens to every request at once is a line a second in the log."""

import logging

import pytest

from app.core.rare_logs import RareLog
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
