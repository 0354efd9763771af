"""Bots: which programs say of themselves, in their user agent, that nobody is behind them."""

from functools import lru_cache

LONGEST = 500
"""So many characters of a user agent are looked at."""
MOST_REMEMBERED = 4096


def is_bot(user_agent: str) -> bool:
    """Return whether a user agent is one of a known crawler, monitor or automated browser."""
    return _is_known(user_agent[:LONGEST])


# To look through the list takes 0.4 ms, and browsers call themselves by few names.
@lru_cache(MOST_REMEMBERED)
def _is_known(user_agent: str) -> bool:
    # It takes a tenth of a second to load: only a server that counts events waits for it, once.
    from crawleruseragents import is_crawler  # noqa: PLC0415

    return is_crawler(user_agent)
