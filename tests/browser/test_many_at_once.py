"""Selected rows, changed together; and what survives a colleague's change meanwhile."""

from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from app.models import Conclusion, Experiment, Status
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row


def choose(page: Page, *experiments: Experiment) -> None:
    """Select rows by their checkboxes."""
    for each in experiments:
        page.get_by_role("checkbox", name=f"Select {each.name}").check()


def selected(page: Page) -> int:
    """Return how many rows are selected."""
    return page.locator('input[name="selected"]:checked').count()


def ask_to(page: Page, verb: str) -> None:
    """Press a button of the bar, and wait for the dialog."""
    page.locator("#bulk-bar").get_by_role("button", name=verb).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_dialog_says_what_will_happen_and_what_is_refused_stays_selected(site: Site) -> None:
    project = site.world.project(limit=1)
    older, newer = (site.world.experiment(project, name=name) for name in ("Older", "Newer"))
    page = site.open_project(site.world.member(project), project)
    choose(page, older, newer)
    expect(page.locator("#bulk-bar")).to_contain_text("2 selected")
    ask_to(page, "Start")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 will be live: “Newer”")
    expect(dialog).to_contain_text("“Older”: the slot is taken")
    expect(dialog).to_contain_text("0 of 1 live now, 1 afterwards.")
    assert site.world.reload(newer).status is Status.DRAFT

    dialog.get_by_role("button", name="Start 1", exact=True).click()
    expect(outcome(page)).to_contain_text("1 of 2 is live, 1 refused.")
    expect(row(page, newer)).to_contain_text("Live")
    assert "1 of 2 is live" in focused(page)
    assert selected(page) == 1
    expect(page.get_by_role("checkbox", name="Select Older")).to_be_checked()


def test_all_or_nothing_changes_nothing_where_one_is_refused(site: Site) -> None:
    project = site.world.project(limit=1)
    drafts = [site.world.experiment(project) for _ in range(2)]
    page = site.open_project(site.world.member(project), project)
    choose(page, *drafts)
    ask_to(page, "Start")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Nothing will change")).to_be_hidden()
    page.get_by_role("radio", name="All or nothing").check()
    expect(dialog.get_by_text("Nothing will change")).to_be_visible()
    expect(dialog.get_by_text("1 will be live")).to_be_hidden()
    dialog.get_by_role("button", name="Start all 2 or none").click()
    expect(outcome(page)).to_contain_text("Nothing is changed: 1 of 2 were refused.")
    assert [site.world.reload(each).status for each in drafts] == [Status.DRAFT] * 2
    assert selected(page) == 2


def test_what_many_were_refused_for_want_of_slots_is_queued_by_one_press(site: Site) -> None:
    project = site.world.project(limit=1)
    drafts = [site.world.experiment(project, name=name) for name in ("Third", "Second", "First")]
    page = site.open_project(site.world.member(project), project)
    choose(page, *drafts)
    ask_to(page, "Start")
    page.get_by_role("dialog").get_by_role("button", name="Start 1", exact=True).click()
    queue = outcome(page).get_by_role("button", name="Queue 2")
    queue.click()
    expect(outcome(page)).to_contain_text("2 are queued.")
    expect(outcome(page)).to_contain_text("“Second” is queued at place 1.")
    expect(row(page, drafts[0])).to_contain_text("Queued: place 2 of 2")
    assert "2 are queued" in focused(page)
    assert selected(page) == 0
    page.keyboard.press("Escape")
    expect(page.locator("main")).to_be_focused()
    assert site.world.line(project) == [drafts[1].test_id, drafts[0].test_id]


def test_what_fits_is_started_and_the_rest_queued_from_the_dialog(site: Site) -> None:
    project = site.world.project(limit=1)
    older, newer = (site.world.experiment(project, name=name) for name in ("Older", "Newer"))
    page = site.open_project(site.world.member(project), project)
    choose(page, older, newer)
    ask_to(page, "Start")
    page.get_by_role("dialog").get_by_role("button", name="Start 1, queue 1").click()
    expect(outcome(page)).to_contain_text("1 is queued, 1 is live.")
    expect(row(page, newer)).to_contain_text("Live")
    expect(row(page, older)).to_contain_text("Queued: it is next")


def test_many_paused_by_mistake_are_live_again_by_one_press(site: Site) -> None:
    project = site.world.project(limit=2)
    live = site.world.running(project, 2)
    page = site.open_project(site.world.member(project), project)
    choose(page, *live)
    ask_to(page, "Pause")
    page.get_by_role("dialog").get_by_role("button", name="Pause 2").click()
    expect(outcome(page)).to_contain_text("2 experiments are paused.")
    outcome(page).get_by_role("button", name="Undo").click()
    expect(outcome(page)).to_contain_text("2 experiments are live.")
    assert "2 experiments are live" in focused(page)
    page.keyboard.press("u")
    expect(outcome(page)).to_contain_text("2 experiments are paused.")
    assert {site.world.reload(each).status for each in live} == {Status.STOPPED}


def test_the_way_back_stays_in_view_beside_a_list_of_many(site: Site) -> None:
    project = site.world.project(limit=None)
    site.world.live_crowd(project, 40)
    page = site.open_project(site.world.member(project), project)
    page.get_by_role("checkbox", name="Select all").check()
    ask_to(page, "Pause")
    page.get_by_role("dialog").get_by_role("button", name="Pause 40").click()
    panel = page.get_by_role("region", name="40 experiments are paused")
    undo = panel.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    panel.get_by_role("listitem").last.scroll_into_view_if_needed()
    expect(undo).to_be_in_viewport(ratio=1)


def test_the_undo_of_many_is_offered_for_a_while_and_finds_no_slot_that_is_taken(
    site: Site,
) -> None:
    project = site.world.project(limit=1)
    (live,) = site.world.running(project, 1)
    page = site.open_project(site.world.member(project), project)
    page.clock.install()
    choose(page, live)
    ask_to(page, "Pause")
    page.get_by_role("dialog").get_by_role("button", name="Pause 1").click()
    undo = outcome(page).get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    site.world.experiment(project, Status.RUNNING)
    undo.click()
    expect(outcome(page)).to_contain_text("0 of 1 are live, 1 refused.")
    expect(outcome(page)).to_contain_text("the slot is taken")
    expect(outcome(page).get_by_role("button", name="Queue 1")).to_be_visible()

    choose(page, live)
    ask_to(page, "Back to draft")
    page.get_by_role("dialog").get_by_role("button", name="Move back to draft 1").click()
    expect(outcome(page)).to_contain_text("1 experiment is back in draft.")
    page.clock.fast_forward(10_000)
    expect(undo).to_be_visible()
    page.clock.fast_forward(5_500)
    expect(undo).to_have_count(0)


def test_select_all_and_archive_by_keyboard_alone(site: Site) -> None:
    project = site.world.project()
    drafts = [site.world.experiment(project) for _ in range(3)]
    page = site.open_project(site.world.member(project), project)
    page.get_by_role("checkbox", name="Select all on this page").focus()
    page.keyboard.press("Space")
    expect(page.locator("#bulk-bar")).to_contain_text("3 selected")
    page.locator("#bulk-bar").get_by_role("button", name="Archive").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("There is no way back")
    page.get_by_role("dialog").get_by_role("button", name="Archive 3").focus()
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("3 experiments are archived.")
    assert "archived" in focused(page)
    expect(page.locator("#bulk-bar")).to_be_hidden()
    assert {site.world.reload(each).status for each in drafts} == {Status.ARCHIVED}


def test_a_colleagues_change_leaves_selection_dialog_focus_and_typed_text_alone(
    site: Site,
) -> None:
    project = site.world.project()
    running = site.world.experiment(project, Status.RUNNING)
    other = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    choose(page, running)
    ask_to(page, "Pause")
    why = page.get_by_role("dialog").get_by_label("Why?")
    why.fill("Half a thou")
    site.world.start(other)
    expect(row(page, other)).to_contain_text("Live")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(why).to_have_value("Half a thou")
    expect(why).to_be_focused()
    assert selected(page) == 1


def test_a_pause_asks_why_afterwards_and_keeps_it(site: Site) -> None:
    project = site.world.project()
    running = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project), project)
    press(page, running, "Pause")
    outcome(page).get_by_label("Why?").fill("The cart is being rebuilt")
    outcome(page).get_by_role("button", name="Keep the reason").click()
    expect(outcome(page)).to_contain_text("The reason is kept in the history.")
    assert "The reason is kept" in focused(page)
    assert site.world.entries(running)[-1].reason == "The cart is being rebuilt"


def test_archive_asks_how_it_ended_and_why(site: Site) -> None:
    project = site.world.project()
    paused = site.world.experiment(project, Status.STOPPED)
    page = site.open_project(site.world.member(project), project)
    press(page, paused, "Archive")
    page.get_by_role("radio", name="Won").check()
    page.get_by_label("Why?").fill("More orders")
    # Nobody has seen it: that is asked about once more.
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(outcome(page)).to_contain_text("is archived")
    entry = site.world.entries(paused)[-1]
    assert (entry.conclusion, entry.reason) == (Conclusion.WON, "More orders")


def test_a_schedule_is_set_by_the_viewers_own_clock(site: Site) -> None:
    project = site.world.project(limit=0)
    draft = site.world.experiment(project, name="Summer sale")
    page = site.visit(site.world.member(project), timezone_id="Asia/Tokyo")
    page.goto(f"/projects/{project.key}/experiments/{draft.key}")
    page.get_by_role("link", name="Schedule").click()
    expect(page.get_by_text("Times are in Asia/Tokyo.")).to_be_visible()
    page.get_by_label("Start at").fill("2027-06-03T09:00")
    page.get_by_role("button", name="Keep the schedule").click()
    expect(page.get_by_text("Starts 3 Jun 2027, 09:00 Asia/Tokyo", exact=True)).to_be_visible()
    expect(
        page.get_by_text("1 experiment starts on 3 June and 0 slots are free then")
    ).to_be_visible()
    assert site.world.planned(draft).start_at == datetime(2027, 6, 3, tzinfo=UTC)


def test_searching_keeps_the_tab_and_lives_in_the_address(site: Site) -> None:
    project = site.world.project()
    wanted = site.world.experiment(project, name="Größere Bilder")
    other = site.world.experiment(project, name="Red button")
    page = site.open_project(site.world.member(project), project)
    page.get_by_role("link", name="Draft 2").click()
    page.get_by_role("searchbox", name="Name, key or address").fill("GRÖSSERE")
    page.keyboard.press("Enter")
    expect(row(page, wanted)).to_be_visible()
    expect(row(page, other)).to_have_count(0)
    assert "status=draft" in page.url
    page.goto(page.url)
    expect(row(page, wanted)).to_be_visible()
