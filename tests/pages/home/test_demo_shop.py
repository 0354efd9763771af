"""The demo's shop, without a browser."""

import pytest
from flask.testing import FlaskClient

from app.demo import setup
from tests import statements
from tests.lending import Lender
from tests.pages.reading import Element, page
from tests.settings import OTHER_SECRET_KEY
from tests.world import World

SHOP = "/demo/shop"


@pytest.fixture(scope="module")
def loaded(shared_world: World) -> World:
    """A server with the demo, to look at."""
    with shared_world.app.app_context():
        setup.load()
    return shared_world


@pytest.fixture(scope="module")
def shop(loaded: World) -> Element:
    """The shop's page."""
    return page(loaded.app.test_client().get(SHOP))


def test_there_is_no_shop_without_the_demo(world: World, client: FlaskClient) -> None:
    world.project()
    answer = client.get(SHOP)
    assert answer.status_code == 404
    assert page(answer).the("h1").text == "Not found"


@pytest.mark.long
def test_there_is_no_shop_where_the_demo_is_another_servers(loaded: World, lender: Lender) -> None:
    assert loaded.app.test_client().get(SHOP).status_code == 200
    url = loaded.app.config["SQLALCHEMY_DATABASE_URI"]
    with lender.lend(url, SECRET_KEY=OTHER_SECRET_KEY) as other:
        assert other.test_client().get(SHOP).status_code == 404


def test_it_says_what_it_is(shop: Element) -> None:
    assert shop.the("title").text == "Corner shop (demo)"
    assert shop.the("html").attributes["lang"] == "en"
    assert "Demo. Nothing is for sale" in shop.the("p", class_="ribbon").text


def test_it_loads_the_script_as_the_install_page_says(shop: Element, loaded: World) -> None:
    script = shop.every("script")[0].attributes
    with loaded.app.app_context():
        assert script == {"src": "/switchyard.js", "data-key": setup.shop_key(), "defer": ""}


def test_every_button_that_counts_says_what_and_for_how_much(shop: Element) -> None:
    counting = [each for each in shop.every("button") if "data-track" in each.attributes]
    assert {each.attributes["data-track"] for each in counting} == {"purchase", "add-to-basket"}
    assert all(float(each.attributes["data-price"]) > 0 for each in counting)
    assert all(each.attributes["data-says"] for each in counting)


def test_nothing_in_it_is_inline(shop: Element) -> None:
    assert shop.every("style") == []
    assert all("src" in script.attributes and not script.text for script in shop.every("script"))
    assert not [each for each in shop.all() if "style" in each.attributes]


def test_knowing_that_there_is_a_demo_costs_one_look_up(loaded: World) -> None:
    with statements.recorded(loaded.app) as sent:
        loaded.app.test_client().get(SHOP)
    assert len(sent) == 1
