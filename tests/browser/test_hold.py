"""Stopping everything, holding the queue, what is overdue, and swapping many back."""

from datetime import timedelta

from playwright.sync_api import expect

from app.models import Experiment, Status, now
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, row

RED = "rgb(138, 36, 16)"
RUNNING, STOPPED, DRAFT = Status.RUNNING, Status.STOPPED, Status.DRAFT


def statuses(site: Site, *experiments: Experiment) -> list[Status]:
    return [site.world.reload(each).status for each in experiments]


def test_everything_is_stopped_by_a_press_and_one_undo_takes_it_back(site: Site) -> None:
    project = site.world.project(limit=2)
    running, waiting = site.world.running(project, 2), site.world.queued(project, 1)
    page = site.open_project(site.world.member(project), project)
    colleague = site.open_project(site.world.member(project), project)
    page.get_by_role("button", name="Stop everything").click()
    dialog = page.get_by_role("dialog", name=f"Stop everything in “{project.name}”?")
    expect(dialog).to_contain_text("2 experiments are live")
    expect(dialog).to_contain_text("every visitor sees the original")
    assert statuses(site, *running) == [RUNNING] * 2
    why = dialog.get_by_label("Why?")
    expect(why).to_be_focused()
    why.fill("The checkout is broken")
    why.press("Enter")
    expect(outcome(page)).to_contain_text("Everything is stopped: 2 experiments are paused")
    assert "Everything is stopped" in focused(page)
    assert statuses(site, *running, *waiting) == [STOPPED, STOPPED, DRAFT]
    assert site.world.entries(running[0])[-1].reason == "The checkout is broken"
    for each in (page, colleague):
        expect(each.locator("#hold")).to_contain_text("The queue is held since")
    expect(page.locator("#hold")).to_contain_text("by you")

    outcome(page).get_by_role("button", name="Undo").click()
    expect(outcome(page)).to_contain_text("2 experiments are live again, the hold is lifted.")
    assert "live again" in focused(page)
    assert statuses(site, *running, *waiting) == [RUNNING, RUNNING, DRAFT]
    for each in (page, colleague):
        expect(each.locator("#hold")).to_be_empty()


def test_after_a_reload_the_undo_of_a_stop_is_in_the_history(site: Site) -> None:
    project = site.world.project(limit=2)
    running, waiting = site.world.running(project, 2), site.world.queued(project, 1)
    page = site.open_project(site.world.member(project), project)
    page.get_by_role("button", name="Stop everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop everything").click()
    expect(outcome(page)).to_contain_text("Everything is stopped")
    page.reload()
    expect(outcome(page)).to_be_empty()
    page.goto(f"/projects/{project.key}/history")
    stop = page.locator(".history .entry").filter(has_text="Everything stopped:")
    expect(stop).to_contain_text("Undo resumes 2 experiments; then it lifts the hold.")
    stop.get_by_role("button", name="Undo").press("Enter")
    expect(outcome(page)).to_contain_text("2 experiments are live again, the hold is lifted.")
    assert "live again" in focused(page)
    assert statuses(site, *running, *waiting) == [RUNNING, RUNNING, DRAFT]
    expect(page.locator("#hold")).to_be_empty()
    undone = page.locator(".history .entry").filter(has_text="undone: 2 experiments live again")
    expect(undone).to_contain_text("the hold lifted")
    expect(stop.get_by_role("button")).to_have_count(0)
    outcome(page).get_by_role("button", name="Dismiss").click()
    assert "Everything stopped:" in focused(page)


def test_a_hold_is_placed_shown_elsewhere_and_lifted_by_keyboard(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/slots")
    page.get_by_role("button", name="Hold the queue").press("Enter")
    why = page.get_by_role("dialog").get_by_label("Why?")
    why.fill("The shop moves")
    why.press("Enter")
    expect(page.locator("#hold")).to_contain_text("by you: neither it nor a schedule starts")
    expect(page.locator("#hold")).to_contain_text("The shop moves")
    expect(page.locator("main > .panel")).to_have_count(0)
    draft = site.world.experiment(project, name="Patient one")
    site.world.queue(draft)
    page.goto(f"/projects/{project.key}/goals")
    page.get_by_role("link", name="Lift the hold").press("Enter")
    expect(page.get_by_role("heading", name="Lift the hold?")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        "1 starts at once, as things are now: “Patient"
    )
    page.get_by_role("button", name="Lift the hold").press("Enter")
    expect(page.get_by_text("The hold is lifted. “Patient one” is live now.")).to_be_visible()
    expect(page.locator("#hold")).to_be_empty()


def test_what_is_overdue_turns_red_by_itself_and_its_start_is_dropped_by_a_press(
    site: Site,
) -> None:
    project = site.world.project()
    draft = site.world.experiment(project, name="Overlooked")
    site.world.schedule(draft, now() + timedelta(hours=1))
    page = site.open_project(site.world.member(project), project)
    expect(row(page, draft)).to_contain_text("Starts")
    past = f"{now() - timedelta(minutes=5):%Y-%m-%d %H:%M:%S.%f}"
    site.world.execute("UPDATE scheduled_change SET at = :past", past=past)
    wait = row(page, draft).locator(".overdue")
    expect(wait).to_contain_text("Overdue: was to start")
    expect(wait).to_have_css("color", RED)
    page.goto("/")
    expect(page.get_by_role("list").filter(has_text="Overlooked")).to_contain_text("overdue: was")
    page.goto(f"/projects/{project.key}/slots")
    scheduled = page.get_by_role("row").filter(has_text="overdue for 5 minutes")
    scheduled.get_by_role("button", name="Drop the start").click()
    expect(outcome(page)).to_contain_text("has no start any more that was set for a moment")
    assert "no start any more" in focused(page)
    expect(page.get_by_text("Nothing is scheduled.")).to_be_visible()


def test_what_the_queue_took_of_many_is_swapped_back_by_one_press(site: Site) -> None:
    project = site.world.project(limit=2)
    running, waiting = site.world.running(project, 2), site.world.queued(project, 2)
    paused = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    for each in running:
        page.get_by_role("checkbox", name=f"Select {each.name}").check()
    page.locator("#bulk-bar").get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause 2").click()
    expect(outcome(page)).to_contain_text(f"“{waiting[0].name}” starts from the queue.")
    outcome(page).get_by_role("button", name="Swap back").click()
    expect(outcome(page)).to_contain_text("2 experiments are live.")
    assert "2 experiments are live" in focused(page)
    assert statuses(site, *running, *waiting, paused) == [RUNNING] * 2 + [STOPPED] * 2 + [DRAFT]


def test_back_to_draft_drops_the_stop_of_the_run_and_says_so(site: Site) -> None:
    project = site.world.project()
    running = site.world.experiment(project, RUNNING)
    site.world.schedule(running, stop_at=now() + timedelta(days=1))
    page = site.open_project(site.world.member(project), project)
    row(page, running).get_by_role("button", name="Pause").click()
    expect(row(page, running)).to_contain_text("Stops")
    row(page, running).get_by_role("button", name="Back to draft").click()
    expect(outcome(page)).to_contain_text("The stop that was set for this run is dropped with it.")
    expect(outcome(page)).to_contain_text("Undo does not bring that back.")
    expect(row(page, running)).not_to_contain_text("Stops")
