"""Rate limits of requests. Not a plan's limit: that is the rule book's."""

from flask import Flask, current_app
from limits import RateLimitItem
from limits.errors import StorageError
from limits.strategies import FixedWindowRateLimiter

from app.core.errors import TooManyRequests
from app.core.rare_logs import first_line, log_rarely

EXTENSION = "switchyard_rate_limiter"


def register(app: Flask) -> None:
    """Give the application its counters, in the storage that RATE_LIMIT_STORAGE names."""
    app.extensions[EXTENSION] = FixedWindowRateLimiter(app.config["RATE_LIMIT_STORAGE"])


def count(setting: str, kind: str, identity: str) -> None:
    """Count one request of `identity` against the limit in `setting`; TooManyRequests above it.

    Nobody is refused because the storage is away: they are not counted then.
    """
    limit = current_app.config[setting]
    try:
        if not _limiter().hit(limit, kind, identity):
            raise _too_many(limit, kind, identity)
    except StorageError as error:
        log_rarely("rate limits", "rates are not counted: %s", first_line(error.storage_error))


def is_within(setting: str, number: int, kind: str, identity: str) -> bool:
    """Count so many of `identity` against the limit in `setting`, and return whether it is kept.

    It is where the storage is away.
    """
    try:
        return _limiter().hit(current_app.config[setting], kind, identity, cost=number)
    except StorageError as error:
        log_rarely("rate limits", "rates are not counted: %s", first_line(error.storage_error))
        return True


def _limiter() -> FixedWindowRateLimiter:
    return current_app.extensions[EXTENSION]


def _too_many(limit: RateLimitItem, kind: str, identity: str) -> TooManyRequests:
    reset_at, _ = _limiter().get_window_stats(limit, kind, identity)
    policy = limit.amount, limit.get_expiry()
    return TooManyRequests.until(f"Rate limit: {limit}.", reset_at, policy)
