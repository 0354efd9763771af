"""Waiting for something to become so, no longer than is bearable."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

SECONDS_FOR_EVENTS = 10.0
POLL_MILLISECONDS = 20


def until(page: Page, is_so: Callable[[], bool], seconds: float = SECONDS_FOR_EVENTS) -> None:
    """Wait until something is so; fail when it is not by then."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be so in time"
        page.wait_for_timeout(POLL_MILLISECONDS)
