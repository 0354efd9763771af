"""A clock that stands still until a test moves it."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds since nothing in particular."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """The moment that it is now."""
        return self.seconds
