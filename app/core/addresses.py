"""Addresses that requests come from."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_IPV6_PREFIX = 64
MOST_REMEMBERED = 4096


# A request from a page asks three times for its own.
@lru_cache(MOST_REMEMBERED)
def read(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, without its zone; None where the text is none."""
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A server that listens on IPv6 alone may name IPv4 addresses so.
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed


@lru_cache(MOST_REMEMBERED)
def network(text: str) -> str | None:
    """Return what one place has: an IPv4 address, or the first 64 bits of one of IPv6.

    None where the text is no address.
    """
    parsed = read(text)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_PREFIX), strict=False))
    return parsed and str(parsed)
