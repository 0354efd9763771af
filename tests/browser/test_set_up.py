"""A company begins: from an empty database to a first project, in the browser alone."""

import re

from playwright.sync_api import expect

from app.web import set_up_code
from tests.browser.conftest import Site
from tests.browser.views import check

PASSWORD = "a few good words"


def test_an_empty_server_is_set_up_in_the_browser_and_the_demo_goes_again(own_site: Site) -> None:
    page = own_site.stranger()
    page.goto("/")
    page.get_by_role("link", name="Set up Switchyard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up Switchyard")
    page.get_by_label("Code").fill("not the code")
    page.get_by_label("Your email").fill("ada@example.test")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_label("First project").fill("Bakery")
    page.get_by_label("Load demo data too").check()
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    check(page)
    with own_site.app.app_context():
        page.get_by_label("Code").fill(set_up_code.code())
    assert set_up_code_is_in_the_log(own_site)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Set up and sign in").click()
    expect(page.get_by_text("you are signed in as its first admin")).to_be_visible()
    expect(page.get_by_role("link", name="Bakery")).to_be_visible()
    page.goto("/admin/projects")
    page.get_by_role("link", name="remove the demo").click()
    page.get_by_role("button", name="Remove the demo").click()
    expect(page.get_by_text("The demo is removed: 5 people sign in no more")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="Bakery")).to_be_visible()
    expect(page.get_by_role("link", name="Outdoor shop")).to_have_count(0)


def set_up_code_is_in_the_log(site: Site) -> bool:
    """Return whether an operator finds the code that opens the page."""
    return bool(re.search(r"/set-up with the code [A-Z2-7-]{14}", site.server.log.read_text()))
