"""Addresses that webhooks may go to: of the web, and not of the machine's own network."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, ValidationError

from app.core.errors import InvalidInput
from app.models import LONGEST_URL

# Translated to the IPv4 address in its last 32 bits (RFC 6052).
_TRANSLATED = IPv6Network("64:ff9b::/96")
# All that is given out of IPv6: what lies outside leads nowhere, or inward (RFC 4291, section 2.4).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_LAST_FOUR = 4


def checked_url(text: str, *, allows_private: bool) -> str:
    """Return the address of an endpoint; InvalidInput for one that nothing may be sent to.

    It is https, unless private addresses are allowed. Where a name leads is not asked here: that
    may be another place by the time that something is sent.
    """
    try:
        url = AnyHttpUrl(text.strip())
    except ValidationError:
        raise InvalidInput("Write an address as https://example.com/hooks.", "url") from None
    if url.scheme != "https" and not allows_private:
        raise InvalidInput("The address has to begin with https://", "url")
    if url.username or url.password or url.fragment:
        raise InvalidInput("Leave a user name, a password and a #part out of it.", "url")
    if len(str(url)) > LONGEST_URL:
        raise InvalidInput(f"The address has at most {LONGEST_URL} characters.", "url")
    if not allows_private and _is_private_number(url.host or ""):
        raise InvalidInput("This address is of a private network.", "url")
    return str(url)


def masked(url: str) -> str:
    """Return an address without its path, which is as good as a password with some receivers."""
    scheme, netloc, path, query, _ = urlsplit(url)
    origin = f"{scheme}://{netloc}"
    return f"{origin}/…{url[-_LAST_FOUR:]}" if path.strip("/") or query else origin


def is_public(address: str) -> bool:
    """Return whether a numeric address is one of the public network, and of one machine there."""
    seen = _meant(ip_address(address))
    is_given_out = isinstance(seen, IPv4Address) or seen in _GLOBAL_UNICAST
    return is_given_out and seen.is_global and not seen.is_multicast


def _is_private_number(host: str) -> bool:
    try:
        return not is_public(host.strip("[]"))
    except ValueError:
        return False


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that one of IPv6 leads to, if it leads to one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
