"""What an experiment is for and how it ended: said, found, asked about, and noted."""

from playwright.sync_api import Page, expect

from app.models import Experiment, Project, Status
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row
from tests.browser.views import check


def at(page: Page, project: Project, experiment: Experiment, rest: str = "") -> None:
    """Go to a page of an experiment."""
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}{rest}")


def test_won_without_a_visitor_is_asked_about_once_and_shown_wherever_it_is_listed(
    site: Site,
) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.STOPPED, "Banner")
    page = site.open_project(site.world.member(project), project)
    press(page, experiment, "Archive")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Won").check()
    dialog.get_by_role("button", name="Archive").click()
    expect(dialog).to_contain_text("No visitor has been counted: is it really won?")
    assert focused(page) == "Archive"
    check(page)
    dialog.get_by_label("Lost").check()
    expect(dialog).not_to_contain_text("No visitor has been counted")
    dialog.get_by_label("Won").check()
    dialog.get_by_role("button", name="Archive").click()
    dialog.get_by_role("button", name="Archive").click()
    expect(outcome(page)).to_contain_text("“Banner” is archived")
    expect(row(page, experiment)).to_contain_text("Outcome: Won")
    at(page, project, experiment)
    expect(page.locator(".card.status")).to_contain_text("Won")
    at(page, project, experiment, "/result")
    expect(page.get_by_role("main")).to_contain_text("Outcome: Won")


def test_many_that_nobody_has_seen_are_asked_about_together(site: Site) -> None:
    project = site.world.project(limit=None)
    for name in ("One", "Two"):
        site.world.experiment(project, Status.STOPPED, name)
    page = site.open_project(site.world.member(project), project)
    page.get_by_label("Select all on this page").check()
    page.locator("#bulk-archived").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Won").check()
    dialog.get_by_role("button", name="Archive 2").click()
    expect(dialog).to_contain_text("and 1 more: is that really won?")
    dialog.get_by_role("button", name="Archive 2").click()
    expect(outcome(page)).to_contain_text("2 experiments are archived.")


def test_what_an_experiment_is_for_is_written_and_found_by_in_one_project_and_across(
    site: Site,
) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    site.world.experiment(project, name="Another")
    email = site.world.member(project)
    page = site.visit(email)
    at(page, project, experiment, "/edit")
    page.get_by_label("Hypothesis").fill("Red sells.")
    page.get_by_label("Owner").select_option(email)
    page.get_by_label("Tags").fill("Mobile, Checkout")
    page.get_by_label("Ticket").fill("https://tickets.example/7")
    page.get_by_role("button", name="Save changes").click()
    saved = "Saved: the hypothesis, the ticket, the owner and the tags."
    expect(page.get_by_text(saved)).to_be_visible()
    page.get_by_role("link", name="mobile").click()
    expect(page.get_by_text("Filter: tag mobile")).to_be_visible()
    expect(page.get_by_text("1 found")).to_be_visible()
    expect(page.get_by_role("link", name="Another")).to_have_count(0)
    page.get_by_role("link", name="Clear the filter").click()
    expect(page.get_by_role("link", name="Another")).to_be_visible()
    page.goto("/")
    page.get_by_role("link", name="Experiments", exact=True).click()
    page.get_by_role("link", name="Filter…").click()
    expect(page.get_by_label("Owner")).to_be_focused()
    page.get_by_label("Owner").select_option(f"{email} (you)")
    page.get_by_role("button", name="Apply the filter").click()
    expect(page.get_by_text(f"Filter: owner {email} (you)")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Banner").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Banner")


def test_a_note_stands_in_the_history_with_its_author(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    at(page, project, experiment)
    page.get_by_label("Note").fill("Wait for June.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("The note is kept.")).to_be_visible()
    entry = page.locator(".history .entry").first
    expect(entry).to_contain_text("Wait for June.")
    expect(entry).to_contain_text("you")


def test_shares_are_added_up_as_they_are_typed_and_split_evenly(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project))
    at(page, project, experiment, "/design")
    shares, total = page.get_by_label("Share, %"), page.locator("#total")
    expect(total).to_have_text("100 %")
    page.get_by_role("button", name="Add a variant").click()
    expect(shares.nth(0)).to_have_value("33.34")
    expect(total).to_have_text("100 %")
    shares.nth(2).fill("10,5")
    expect(total).to_have_text("77.17 %")
    check(page)
    page.get_by_label("Key").nth(2).fill("bold")
    page.get_by_role("button", name="Split evenly").click()
    for place, share in enumerate(("33.34", "33.33", "33.33")):
        expect(shares.nth(place)).to_have_value(share)
    page.get_by_label("Key").nth(1).fill("")
    page.get_by_label("Name").nth(1).fill("")
    expect(total).to_have_text("66.67 %")
    page.get_by_label("Name").nth(1).fill("Treatment")
    expect(total).to_have_text("100 %")
    page.get_by_role("button", name="Save the design").click()
    expect(page.get_by_text("The design is saved.")).to_be_visible()


def test_a_goal_is_renamed_retired_and_brought_back(site: Site) -> None:
    project = site.world.project()
    site.world.goal(project, "purchase")
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/goals")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Bought something")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("button", name="Retire").click()
    dialog = page.get_by_role("dialog", name="Retire “Bought something”?")
    dialog.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("The goal “Bought something” is retired.")).to_be_visible()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("button", name="Retire")).to_be_visible()


def test_an_admin_gets_to_a_new_project_and_retires_it(site: Site) -> None:
    site.world.plan()
    page = site.visit(site.world.user(admin=True))
    page.goto("/admin/projects/new")
    page.get_by_label("Name").fill("Bakery")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_text("“Bakery” is created, and you are its owner.")).to_be_visible()
    expect(page.get_by_role("link", name="New experiment")).to_be_visible()
    inside = page.url
    page.goto(inside.replace("/projects/", "/admin/projects/"))
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(page.get_by_text("“Bakery” is retired: its keys open nothing.")).to_be_visible()
    page.goto(inside)
    expect(page.get_by_role("heading", level=1)).to_have_text("Retired")
