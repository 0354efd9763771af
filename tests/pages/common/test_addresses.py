"""Addresses of people and of pages, as pages show them."""

import pytest

from app.pages.common.addresses import breakable
from tests.pages.reading import page
from tests.world import World


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("mia@demo.test", "mia@<wbr>demo.test"),
        ("you", "you"),
        ("<b>@x", "&lt;b&gt;@<wbr>x"),
        ("shop.test/product/bag", "shop.test/<wbr>product/<wbr>bag"),
    ],
)
def test_an_address_breaks_behind_its_at_sign_and_its_slashes(text: str, html: str) -> None:
    assert breakable(text) == html


def test_the_sign_in_page_brings_the_keyboard_for_addresses(world: World) -> None:
    field = page(world.browser().get("/sign-in")).the("input", name="email")
    assert (field.attributes["type"], field.attributes["autocomplete"]) == ("email", "username")
