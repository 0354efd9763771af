"""A clock that stands still until a test moves it."""

from dataclasses import dataclass

from flask import Flask

from app.pages.common import polls
from app.pages.common.polls import Polls


@dataclass
class Clock:
    """Seconds since nothing in particular."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """The moment that it is now."""
        return self.seconds


def set_polls_by_hand(app: Flask) -> Clock:
    """Have the application remember nothing of polls yet, and its seconds pass by hand."""
    clock = Clock()
    app.extensions[polls.EXTENSION] = Polls(app.config["SECONDS_REMEMBERED"], clock)
    return clock
