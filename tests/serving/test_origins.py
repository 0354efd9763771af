"""The origins that a project lists: read as browsers send them, and nothing that is none."""

import re

import pytest

from app.accounts import origins
from app.core.errors import InvalidInput
from tests.serving.site import Site
from tests.world import COMMAND_LINE

TAKEN = {
    "https://shop.example": "https://shop.example",
    "http://shop.example": "http://shop.example",
    " https://shop.example \n": "https://shop.example",
    "https://shop.example/": "https://shop.example",
    "HTTPS://Shop.EXAMPLE": "https://shop.example",
    "https://shop.example:443": "https://shop.example",
    "http://shop.example:80": "http://shop.example",
    "https://shop.example:80": "https://shop.example:80",
    "http://shop.example:443": "http://shop.example:443",
    "http://localhost:8080": "http://localhost:8080",
    "http://127.0.0.1:3000": "http://127.0.0.1:3000",
    "http://[::1]:3000": "http://[::1]:3000",
    "https://[2001:DB8::1]": "https://[2001:db8::1]",
    "https://[2001:db8::1]:443": "https://[2001:db8::1]",
    "https://xn--frber-gra.example": "https://xn--frber-gra.example",
    "https://FÄRBER.example:8443/": "https://xn--frber-gra.example:8443",
    "https://straße.example": "https://xn--strae-oqa.example",
    "https://shop.example\u3002com": "https://shop.example.com",
    "https://a_b.shop-1.example": "https://a_b.shop-1.example",
    "https://shop.example:65535": "https://shop.example:65535",
}
REFUSED = [
    "",
    " ",
    "null",
    "shop.example",
    "//shop.example",
    "https://",
    "https:shop.example",
    "ftp://shop.example",
    "file:///home",
    "javascript:alert(1)",
    "https://shop.example/path",
    "https://shop.example//",
    "https://shop.example/?q",
    "https://shop.example?q=1",
    "https://shop.example#top",
    "https://ann@shop.example",
    "https://ann:secret@shop.example",
    "https://:secret@shop.example",
    "https://shop.example:65536",
    "https://shop.example:-1",
    "https://shop.example:http",
    "https://[::1",
    "https://[shop.example]",
    "https://ann@färber.example",
    "https://fär ber.example",
    "https://shop example",
    "https://shop.example\\@evil.example",
    "https://shop.example,https://other.example",
    "https://<b>.example",
    "https://" + "o" * 250,
]


def replace(site: Site, *addresses: str) -> None:
    """List these origins."""
    with site.world.app.app_context():
        origins.replace(site.project.id, addresses, COMMAND_LINE)


def listed(site: Site) -> list[str]:
    """The origins that are listed."""
    with site.world.app.app_context():
        return list(origins.listed(site.project.id))


@pytest.mark.parametrize(("address", "origin"), TAKEN.items())
def test_an_origin_is_kept_as_browsers_send_it(address: str, origin: str) -> None:
    assert origins.checked_origin(address) == origin
    assert origins.checked_origin(origin) == origin


@pytest.mark.parametrize("address", REFUSED)
def test_what_no_browser_sends_as_an_origin_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="is not an origin: give scheme and host") as caught:
        origins.checked_origin(address)
    assert caught.value.field == "origins"


@pytest.mark.parametrize("address", ["*", "https://*.shop.example", "https://shop.*"])
def test_of_many_sites_at_once_it_is_said_how_to_write_them(address: str) -> None:
    with pytest.raises(InvalidInput, match="stands for many sites: list each of them on a line"):
        origins.checked_origin(address)


@pytest.mark.parametrize(
    ("address", "example"),
    [
        ("https://Shop.example/cart?a=1", "https://shop.example"),
        ("http://127.0.0.1:8104/product", "http://127.0.0.1:8104"),
        ("www.shop.example", "https://www.shop.example"),
        ("localhost:8104/", "https://localhost:8104"),
        ("bücher.example/neu", "https://xn--bcher-kva.example"),
        ("my shop", "https://shop.example"),
    ],
)
def test_of_the_address_of_a_page_its_origin_is_the_example(address: str, example: str) -> None:
    with pytest.raises(InvalidInput, match=f"give scheme and host, as {re.escape(example)}\\.$"):
        origins.checked_origin(address)


def test_a_long_address_is_not_repeated_whole() -> None:
    with pytest.raises(InvalidInput) as caught:
        origins.checked_origin("x" * 5000)
    assert len(str(caught.value)) < 200


def test_exactly_the_given_origins_are_listed_once_each_in_their_order(site: Site) -> None:
    replace(site, "https://old.example")
    replace(site, "https://b.example", "https://a.example/", "HTTPS://A.example:443")
    assert listed(site) == ["https://a.example", "https://b.example"]
    replace(site)
    assert listed(site) == []


def test_one_that_is_none_leaves_the_list_as_it_was(site: Site) -> None:
    replace(site, "https://a.example")
    with pytest.raises(InvalidInput):
        replace(site, "https://b.example", "nothing")
    assert listed(site) == ["https://a.example"]


def test_100_origins_are_taken_and_one_more_is_refused(site: Site) -> None:
    addresses = [f"https://shop-{number:03}.example" for number in range(101)]
    replace(site, *addresses[:100], addresses[0].upper())
    with pytest.raises(InvalidInput, match="at most 100 origins") as caught:
        replace(site, *addresses)
    assert caught.value.field == "origins"
    assert listed(site) == addresses[:100]


def test_another_list_is_a_new_version_of_the_project(site: Site) -> None:
    version = "SELECT version FROM project"
    before = site.world.execute(version)[0].version
    replace(site, "https://a.example")
    assert site.world.execute(version)[0].version == before + 1
