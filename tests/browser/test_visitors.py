"""The visitors' side with a real server and a real browser, in the demo shop."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from app.demo import setup
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.rows import outcome
from tests.browser.views import check

MARKETER = "mia@demo.test"
ORIGINAL, NEW = "the original", "the new version"
PROJECT = "/projects/demo-corner-shop"
SECONDS_FOR_A_CHANGE = 1.0


@dataclass
class Shop:
    """The demo shop, with somebody in the dashboard who switches its experiment."""

    site: Site
    dashboard: Page

    def press(self, action: str) -> None:
        """Press a button of the experiment, and see it done."""
        self.dashboard.locator("#region").get_by_role("button", name=action, exact=True).click()
        expect(outcome(self.dashboard)).to_contain_text("Big green buy button")

    def visitor(self) -> Page:
        """Somebody new in the shop."""
        page = self.site.stranger()
        arrive(page)
        return page

    def exposed(self) -> dict[int, int]:
        """Return how many visitors each variant has had, by its position."""
        rows = self.site.world.execute(
            "SELECT position, count(*) AS visitors FROM exposure JOIN run ON run.id = run_id"
            " JOIN experiment USING (test_id) WHERE key = 'buy-button' GROUP BY position"
        )
        return {row.position: row.visitors for row in rows}

    def converted(self) -> list[tuple[str, float | None]]:
        """The goals that visitors reached, with their values."""
        rows = self.site.world.execute(
            "SELECT goal.key, value FROM conversion JOIN run ON run.id = conversion.run_id"
            " JOIN experiment USING (test_id) JOIN goal ON goal.id = conversion.goal_id"
            " WHERE experiment.key = 'buy-button' ORDER BY goal.key"
        )
        return [(row.key, row.value) for row in rows]


@pytest.fixture
def site(own_demo_site: Site) -> Site:
    """A site of each test's own."""
    return own_demo_site


@pytest.fixture
def shop(site: Site) -> Shop:
    """The demo shop, whose experiment is a draft yet."""
    with site.app.app_context():
        password = setup.sign_ins()["sign_ins"][MARKETER]
    dashboard = site.visit(MARKETER, password)
    dashboard.goto(PROJECT)
    return Shop(site, dashboard)


def arrive(page: Page) -> None:
    """Open the shop, or open it again, and wait for what it shows."""
    page.goto("/demo/shop")
    expect(page.locator("#seen")).to_contain_text("You are visitor")


def seen(page: Page) -> str:
    """Return what the visitor sees, by the shop's button; its foot says the same."""
    is_new = page.get_by_role("button", name="Buy it now").count() == 1
    said = page.locator("#seen strong").inner_text()
    assert said == (NEW if is_new else ORIGINAL)
    return said


def seen_again(page: Page) -> str:
    """Return what the visitor sees on coming back."""
    arrive(page)
    return seen(page)


def started(shop: Shop) -> Page:
    """Start the experiment, and give a visitor who has noticed."""
    shop.press("Start")
    page = shop.visitor()
    until(page, lambda: "not running" not in (arrive(page), page.inner_text("#seen"))[1])
    return page


def test_the_shop_is_the_original_until_start_then_splits_and_keeps_everybodys_side(
    shop: Shop,
) -> None:
    early = [shop.visitor() for _ in range(2)]
    assert [seen(page) for page in early] == [ORIGINAL] * 2
    expect(early[0].locator("#seen")).to_contain_text("not live, or leaves you out")
    assert shop.exposed() == {}

    visitors = [started(shop), *early]
    while {seen_again(page) for page in visitors} != {ORIGINAL, NEW}:
        assert len(visitors) < 25, "everybody falls to the same side"
        visitors.append(shop.visitor())
    sides = [seen(page) for page in visitors]
    assert [seen_again(page) for page in visitors] == sides
    counts = {0: sides.count(ORIGINAL), 1: sides.count(NEW)}
    until(early[0], lambda: shop.exposed() == counts)


def test_pause_gives_everybody_the_original_within_a_second_and_resume_gives_it_back(
    shop: Shop,
) -> None:
    visitors = [started(shop)]
    while {seen(page) for page in visitors} != {ORIGINAL, NEW}:
        assert len(visitors) < 25, "everybody falls to the same side"
        visitors.append(shop.visitor())
    sides = [seen(page) for page in visitors]
    changed = visitors[sides.index(NEW)]

    shop.press("Pause")
    until(changed, lambda: seen_again(changed) == ORIGINAL, SECONDS_FOR_A_CHANGE)
    assert {seen_again(page) for page in visitors} == {ORIGINAL}
    shop.press("Resume")
    until(changed, lambda: seen_again(changed) == NEW, SECONDS_FOR_A_CHANGE)
    assert [seen_again(page) for page in visitors] == sides


def test_what_visitors_do_is_counted_once_each_with_its_value(shop: Shop) -> None:
    page = started(shop)
    page.locator("#buy").click()
    expect(page.get_by_role("status")).to_contain_text("nothing is bought")
    page.get_by_role("button", name="Add to basket", exact=True).click()
    page.get_by_role("button", name="Add Forest honey to basket").click()
    expect(page.locator("#basket")).to_have_text("2")
    until(page, lambda: shop.converted() == [("add-to-basket", 6.5), ("purchase", 6.5)])
    arrive(page)
    page.locator("#buy").click()
    page.goto("about:blank")
    until(page, lambda: shop.converted() == [("add-to-basket", 6.5), ("purchase", 6.5)])
    assert sum(shop.exposed().values()) == 1


def test_somebody_else_is_another_visitor(shop: Shop) -> None:
    page = shop.visitor()
    name = page.locator("#seen code")
    before = name.inner_text()
    page.get_by_role("button", name="Come back as somebody else").click()
    expect(name).not_to_have_text(before)
    assert page.evaluate("switchyard.visitor").startswith(name.inner_text())


def test_events_of_a_page_that_is_left_at_once_arrive(shop: Shop) -> None:
    page = started(shop)
    page.goto("about:blank")
    until(page, lambda: sum(shop.exposed().values()) == 1)
    for _ in range(5):
        visitor = shop.visitor()
        visitor.locator("#buy").click()
        visitor.goto("about:blank")
    until(page, lambda: sum(shop.exposed().values()) == 6)
    until(page, lambda: shop.converted() == [("purchase", 6.5)] * 5)


def test_axe_finds_nothing_in_the_shop_and_on_the_install_page(site: Site) -> None:
    with site.app.app_context():
        passwords = setup.sign_ins()["sign_ins"]
    marketer = site.visit(MARKETER, passwords[MARKETER])
    shop = Shop(site, marketer)
    visitor = site.stranger()
    arrive(visitor)
    check(visitor)
    marketer.goto(f"{PROJECT}/install")
    check(marketer)
    marketer.goto(PROJECT)
    shop.press("Start")
    until(visitor, lambda: seen_somebody_else(visitor) == NEW)
    visitor.locator("#buy").click()
    check(visitor)
    owner = site.visit("olga@demo.test", passwords["olga@demo.test"])
    owner.goto("/projects/demo-outdoor-shop/install")
    owner.get_by_label("Sites, one a line").fill("no site")
    owner.get_by_role("button", name="Save sites").click()
    expect(owner.get_by_label("Sites, one a line")).to_have_attribute("aria-invalid", "true")
    check(owner)


def seen_somebody_else(page: Page) -> str:
    """Return what another visitor sees in the same window."""
    page.context.clear_cookies()
    return seen_again(page)


def test_without_the_script_the_shop_stays_open(shop: Shop) -> None:
    page = shop.site.chromium.new_context(base_url=shop.site.server.address).new_page()
    errors: list[object] = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108
    page.route("**/switchyard.js", lambda route: route.abort())
    page.goto("/demo/shop")
    page.get_by_role("button", name="Buy", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    expect(page.locator("#seen")).to_have_text("You see the original.")
    assert errors == []
