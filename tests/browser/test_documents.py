"""What the README and the tutorial tell their readers to press does what they say."""

import pytest
from playwright.sync_api import Page, expect

from app.demo import setup
from app.models import Role
from tests.browser.conftest import Site
from tests.browser.rows import outcome


@pytest.fixture
def tour(own_demo_site: Site) -> Site:
    """A site with the demo, as `make run` leaves it."""
    return own_demo_site


def signed_in(site: Site, email: str) -> Page:
    """A page on which somebody of the demo has signed in."""
    with site.app.app_context():
        password = setup.sign_ins()["sign_ins"][email]
    page = site.visit(email, password)
    page.goto("/")
    return page


def press(page: Page, experiment: str, action: str) -> None:
    """Press a button in the row of the experiment of this name."""
    found = page.get_by_role("row").filter(has_text=experiment)
    found.get_by_role("button", name=action, exact=True).click()


def test_the_tour_leads_round_a_full_plan(tour: Site) -> None:
    page = signed_in(tour, "mia@demo.test")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("attention")
    page.get_by_role("link", name="Outdoor shop", exact=True).first.click()
    expect(page.get_by_text("2 of 2 live", exact=True)).to_be_visible()

    press(page, "Free delivery bar", "Start")
    expect(outcome(page)).to_contain_text("“Free delivery bar” is not started")
    outcome(page).get_by_role("radio", name="Spring banner").check()
    outcome(page).get_by_role("button", name="Swap with “Spring banner”").click()
    expect(page.get_by_role("row").filter(has_text="Free delivery bar")).to_contain_text("Live")
    expect(page.get_by_role("row").filter(has_text="Spring banner")).to_contain_text("Paused")
    outcome(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row").filter(has_text="Spring banner")).to_contain_text("Live")

    press(page, "Gift wrapping offer", "Start")
    outcome(page).get_by_role("button", name="Queue it", exact=True).click()
    expect(outcome(page)).to_contain_text("“Gift wrapping offer”")
    page.get_by_role("link", name="Slots and queue").click()
    expect(page.locator("#region")).to_contain_text("Gift wrapping offer")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("main")).to_contain_text("Free delivery bar")


def test_the_tour_shows_visitors_the_original_until_the_start_and_after_the_pause(
    tour: Site,
) -> None:
    page = signed_in(tour, "mia@demo.test")
    page.get_by_role("link", name="Corner shop", exact=True).first.click()
    press(page, "Big green buy button", "Start")
    expect(outcome(page)).to_contain_text("“Big green buy button” is live")
    press(page, "Big green buy button", "Pause")
    expect(outcome(page)).to_contain_text("everybody sees the original")
    press(page, "Big green buy button", "Resume")
    expect(outcome(page)).to_contain_text("is live again")


def test_the_tour_shows_an_admin_projects_plans_and_requests(tour: Site) -> None:
    page = signed_in(tour, "admin@demo.test")
    for place in ("All projects", "Plans", "Requests"):
        page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(place)


def test_the_tutorials_presses_make_start_pause_and_read_an_experiment(site: Site) -> None:
    project = site.world.project()
    site.world.goal(project, "order")
    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto("/")
    page.get_by_role("link", name=project.name, exact=True).first.click()
    page.get_by_role("link", name="New experiment").click()
    page.get_by_label("Name").fill("Bigger pictures")
    page.get_by_label("Primary goal").select_option("order")
    page.get_by_role("button", name="Create experiment").click()
    page.wait_for_load_state()
    status = page.locator("#region .status")
    expect(status).to_contain_text("Draft")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(status).to_contain_text("Live")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(status).to_contain_text("Paused")
    page.get_by_role("link", name="Result", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bigger pictures")
