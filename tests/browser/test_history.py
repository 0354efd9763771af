"""The history in a browser: unfolded, filtered, and its latest change taken back."""

from playwright.sync_api import expect

from app.models import Status
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome
from tests.contracts import Contract


def test_the_latest_change_is_taken_back_from_the_history(site: Site) -> None:
    project = site.world.project()
    paused = site.world.experiment(project, Status.STOPPED, "Banner")
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/history")
    entries = page.locator(".history .entry")
    expect(entries).to_have_count(3)
    entries.first.get_by_role("button", name="Undo").click()
    expect(outcome(page)).to_contain_text("“Banner” is live again")
    expect(entries).to_have_count(4)
    expect(entries.first).to_contain_text("Paused → Live")
    expect(entries.first).to_contain_text("you")
    assert site.world.reload(paused).status is Status.RUNNING
    outcome(page).get_by_role("button", name="Dismiss").click()
    assert "Banner\n\nLive →" in focused(page)


def test_refused_attempts_are_unfolded_by_keyboard(site: Site) -> None:
    project = site.world.project(limit=0)
    first, second = (site.world.experiment(project, name=name) for name in ("First", "Second"))
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}")
    for experiment in (first, second):
        page.locator(f"#start-{experiment.test_id}").click()
        expect(outcome(page)).to_contain_text(f"“{experiment.name}” is not started")
    page.goto(f"/projects/{project.key}/history?kind=refused")
    folded = page.locator(".history .folded")
    expect(folded.get_by_text("Start refused").first).to_be_hidden()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(folded.locator(".entry")).to_have_count(2)
    expect(folded.get_by_text("Start refused").first).to_be_visible()


def test_the_filter_works_without_any_script(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.RUNNING, "Banner")
    site.world.move(experiment, Status.STOPPED, Contract.INTEGERS)
    page = site.visit(site.world.member(project), java_script_enabled=False)
    page.goto(f"/projects/{project.key}/history")
    page.get_by_label("What").select_option("Refused attempts")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Nothing of this kind has happened.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".history .entry")).to_have_count(3)


def test_holds_and_stop_everything_stand_in_the_history_with_who_did_it_and_why(site: Site) -> None:
    world = site.world
    project = world.project()
    world.experiment(project, Status.RUNNING, "Banner")
    page = site.open_project(world.member(project), project)
    page.get_by_role("button", name="Stop everything").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why?").fill("The checkout is broken")
    dialog.get_by_role("button", name="Stop everything").click()
    expect(outcome(page)).to_contain_text("Everything is stopped")
    page.goto(f"/projects/{project.key}/history")
    entries = page.locator(".history .entry")
    expect(entries).to_have_count(5)
    for number, words in enumerate(
        ("Live → Paused", "Queue held", "Everything stopped: 1 experiment paused, the queue held")
    ):
        expect(entries.nth(number)).to_contain_text(words)
        expect(entries.nth(number)).to_contain_text("The checkout is broken")
        expect(entries.nth(number)).to_contain_text("you")
    # A page that stands open is told of what somebody does now.
    colleague = site.visit(world.member(project))
    colleague.goto(f"/projects/{project.key}/hold")
    colleague.get_by_role("button", name="Lift the hold").click()
    expect(colleague.get_by_text("The hold is lifted.")).to_be_visible()
    expect(entries).to_have_count(6)
    expect(entries.first).to_contain_text("Hold of the queue lifted: it was held since")
    page.get_by_label("What").select_option("Holds and Stop everything")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Show all")).to_be_visible()
    expect(entries).to_have_count(3)
    expect(page.locator(".history")).not_to_contain_text("Banner")
