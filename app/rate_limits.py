"""How often somebody may ask. Not a plan's limit: that is the rule book's."""

from functools import lru_cache

from flask import current_app
from limits import RateLimitItem, parse

from app.errors import TooManyRequests
from app.extensions import limiter


def count(setting: str, kind: str, identity: str) -> None:
    """Count one request of `identity` against the limit in `setting`; TooManyRequests above it."""
    limit = _parsed(current_app.config[setting])
    if not limiter.limiter.hit(limit, kind, identity):
        raise _too_many(limit, kind, identity)


def check(setting: str, kind: str, identity: str) -> None:
    """Raise TooManyRequests if a further request would be above the limit; count nothing."""
    limit = _parsed(current_app.config[setting])
    if not limiter.limiter.test(limit, kind, identity):
        raise _too_many(limit, kind, identity)


def _too_many(limit: RateLimitItem, kind: str, identity: str) -> TooManyRequests:
    reset_at, _ = limiter.limiter.get_window_stats(limit, kind, identity)
    return TooManyRequests.until(f"Rate limit: {limit}.", reset_at)


@lru_cache
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)
