"""A start that can never measure anything is told so before it is live; any other acts at once."""

from playwright.sync_api import Page, expect

from app.experiments.designs import Design
from app.models import Experiment, Project, Status
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row
from tests.browser.views import check

NEVER = "Its traffic is 0 %: nobody takes part, so it can never measure anything."


def without_traffic(site: Site, project: Project, name: str = "Banner") -> Experiment:
    experiment = site.world.experiment(project, name=name)
    site.world.redesign(experiment, Design(traffic_allocation=0))
    return experiment


def test_who_starts_what_can_never_measure_anything_is_told_so_before_it_is_live(
    site: Site,
) -> None:
    project = site.world.project(connected=True)
    experiment = without_traffic(site, project)
    page = site.open_project(site.world.member(project), project)
    press(page, experiment, "Start")
    dialog = page.get_by_role("dialog", name="Start “Banner”?")
    expect(dialog).to_contain_text(NEVER)
    expect(dialog.get_by_role("listitem")).to_have_count(6)
    expect(dialog.get_by_role("listitem").first).to_contain_text("Never measures")
    expect(dialog.get_by_role("link", name="Change the design").first).to_be_visible()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert site.world.reload(experiment).status is Status.DRAFT

    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(row(page, experiment).get_by_role("button", name="Start", exact=True)).to_be_focused()
    expect(outcome(page)).to_be_empty()

    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    assert focused(page) == "Start anyway"
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("is live, but nobody can be split: traffic is 0 %.")
    assert "is live, but" in focused(page)
    expect(row(page, experiment)).to_contain_text("Nobody can be split: traffic is 0 %")
    assert site.world.reload(experiment).status is Status.RUNNING


def test_its_swap_asks_too_and_the_way_to_the_design_is_a_link(site: Site) -> None:
    project = site.world.project(limit=1, connected=True)
    holder = site.world.experiment(project, Status.RUNNING, "Holder")
    experiment = without_traffic(site, project)
    page = site.open_project(site.world.member(project), project)
    press(page, experiment, "Start")
    page.get_by_role("dialog").get_by_role("button", name="Start anyway").click()
    outcome(page).get_by_role("button", name="Swap with “Holder”").click()
    dialog = page.get_by_role("dialog", name="Start “Banner” in place of “Holder”?")
    expect(dialog).to_contain_text(NEVER)
    assert site.world.reload(holder).status is Status.RUNNING
    dialog.get_by_role("link", name="Change the design").first.click()
    expect(page.get_by_label("Traffic, %")).to_have_value("0")


def test_what_only_lacks_something_is_live_at_once_and_its_panel_leads_to_what_is_missing(
    site: Site,
) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, name="Banner")
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}")
    checks = page.locator("#region .checks")
    expect(checks).to_contain_text("No primary goal is set")
    expect(checks.get_by_role("listitem")).to_have_count(8)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(outcome(page)).to_contain_text("“Banner” is live, but no site can ask: no key.")
    expect(page.locator("#region .status")).to_contain_text("No site can ask: no key")
    expect(checks.get_by_role("listitem")).to_have_count(2)
    outcome(page).get_by_role("link", name="nobody can ask for a variant").click()
    expect(page.get_by_role("heading", name="Install")).to_be_visible()


def test_the_question_is_asked_also_where_the_check_cannot_be_had(site: Site) -> None:
    project = site.world.project(connected=True)
    experiment = without_traffic(site, project)
    page: Page = site.open_project(site.world.member(project), project)
    page.route("**/launch-check", lambda route: route.abort())
    press(page, experiment, "Start")
    dialog = page.get_by_role("dialog", name="Start “Banner”?")
    expect(dialog).to_contain_text(NEVER)
    dialog.get_by_role("button", name="Start anyway").click()
    expect(row(page, experiment)).to_contain_text("Live")


def test_axe_finds_nothing_in_the_check_its_question_and_its_panel(site: Site) -> None:
    project = site.world.project()
    experiment = without_traffic(site, project)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}/launch-check")
    expect(page.get_by_role("heading", level=1)).to_have_text("Launch check of Banner")
    check(page)
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}")
    check(page)
    page.get_by_role("button", name="Start", exact=True).click()
    question = page.get_by_role("dialog")
    expect(question.get_by_role("button", name="Start anyway")).to_be_in_viewport()
    check(page)
    question.get_by_role("button", name="Start anyway").click()
    expect(outcome(page)).to_contain_text("is live, but nobody can be split")
    check(page)
    page.goto(f"/projects/{project.key}")
    page.get_by_role("checkbox", name="Select Banner").check()
    check(page)
