"""An owner keeps a webhook in the browser: adds it, tries it, and sends again what was sent."""

import pytest
from playwright.sync_api import expect

from app import jobs
from app.models import Role, now
from tests.browser.conftest import Site
from tests.browser.rows import focused
from tests.browser.views import check
from tests.notifications.webhooks.receiver import receiving

# It sends to the receiver.
TO_THIS_MACHINE = ("WEBHOOKS_TO_PRIVATE_ADDRESSES", True)


def work(site: Site) -> None:
    """Have the jobs do all there is to do."""
    with site.app.app_context():
        jobs.once(now())


def test_an_owner_adds_a_webhook_sends_a_test_sees_what_came_of_it_and_sends_it_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.app.config, *TO_THIS_MACHINE)
    project = site.world.project()
    page = site.open_project(site.world.member(project, Role.OWNER), project)
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Address").fill("https://hooks.example/")
    page.get_by_label("What it is for").fill("Channel of the shop team")
    page.get_by_role("button", name="Add webhook").click()
    assert focused(page).startswith("The secret of “Channel of the shop team”")
    secret = page.get_by_label("Secret to copy").input_value()
    check(page)
    page.get_by_role("link", name="Channel of the shop team").click()
    expect(page.get_by_text(secret)).to_have_count(0)
    with receiving() as receiver:
        # The name leads to the receiver.
        site.world.execute("UPDATE webhook_endpoint SET url = :url", url=receiver.url)
        receiver.answer = "Thank you."
        page.get_by_role("button", name="Send a test").click()
        row = page.get_by_role("row").filter(has_text="webhook.test")
        expect(row).to_contain_text("Waiting")
        work(site)
        page.get_by_role("link", name="Look again").click()
        expect(row).to_contain_text("Delivered")
        expect(row).to_contain_text("answered 204")
        check(page)
        row.get_by_role("button", name="Send again").click()
        expect(row).to_have_count(2)
        work(site)
        assert receiver.ids[0] == receiver.ids[1]
        assert receiver.got[1].verified(secret)["type"] == "webhook.test"
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("nothing more is sent there")).to_be_visible()
    expect(page.get_by_text("There are no webhooks yet.")).to_be_visible()
