"""What a button brings, said before it is pressed."""

from playwright.sync_api import expect

from app.models import Status
from tests.browser.conftest import Site
from tests.browser.rows import row


def test_what_a_button_brings_is_shown_under_the_pointer_and_on_focus(site: Site) -> None:
    project = site.world.project(limit=2)
    running = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project), project)
    pause = row(page, running).get_by_role("button", name="Pause")
    hint = page.locator("#hint")
    expect(hint).to_be_hidden()
    pause.hover()
    expect(hint).to_contain_text("Everybody sees the original again.")
    expect(hint).to_contain_text("1 of 2 live, then 0 of 2 live.")
    page.mouse.move(0, 0)
    expect(hint).to_be_hidden()
    page.get_by_role("checkbox", name=f"Select {running.name}").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(pause).to_be_focused()
    expect(hint).to_contain_text("Way back: Resume")
    page.keyboard.press("Escape")
    expect(hint).to_be_hidden()
