"""At a full plan: every way from the refusal to a running experiment, and the way back."""

import pytest
from playwright.sync_api import Page, expect

from app.models import Experiment, Project, Role, Status
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.rows import focused, outcome, press, row

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
MOST_TABS = 8


@pytest.fixture
def full(site: Site) -> tuple[Project, Experiment, Experiment]:
    """A project whose one slot is taken: it, what holds the slot, and a draft."""
    project = site.world.project(limit=1)
    holder = site.world.experiment(project, Status.RUNNING, "Holder")
    return project, holder, site.world.experiment(project, name="Newcomer")


Full = tuple[Project, Experiment, Experiment]
WAITING = ("Queue it", "Queue it and ask an admin")


def refused(site: Site, full: Full) -> Page:
    """The page of somebody who has pressed Start and was refused."""
    project, _, draft = full
    page = site.open_project(site.world.member(project), project)
    press(page, draft, "Start")
    expect(outcome(page)).to_contain_text("is not started: the slot is taken")
    return page


def test_a_swap_is_one_click_from_the_refusal_and_undo_swaps_back(site: Site, full: Full) -> None:
    _, holder, draft = full
    page = refused(site, full)
    outcome(page).get_by_role("button", name="Swap with “Holder”").click()
    expect(row(page, draft)).to_contain_text("Live")
    expect(row(page, holder)).to_contain_text("Paused")
    expect(outcome(page)).to_contain_text("“Newcomer” is live, “Holder” is paused.")
    assert "is live" in focused(page)

    outcome(page).get_by_role("button", name="Undo").click()
    expect(row(page, holder)).to_contain_text("Live")
    expect(row(page, draft)).to_contain_text("Paused")
    assert site.world.reload(holder).status is Status.RUNNING


def test_a_swap_needs_no_mouse(site: Site, full: Full) -> None:
    _, _, draft = full
    page = refused(site, full)
    assert "is not started" in focused(page)
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if focused(page) == "Swap with “Holder”":
            break
    assert focused(page) == "Swap with “Holder”"
    page.keyboard.press("Enter")
    expect(row(page, draft)).to_contain_text("Live")
    until(page, lambda: "is live" in focused(page))
    page.keyboard.press("Escape")
    expect(outcome(page)).to_be_empty()
    assert focused(page) != ""


def test_a_swap_fits_on_a_phone(site: Site, full: Full) -> None:
    project, _, draft = full
    page = site.visit(site.world.member(project), **PHONE)
    page.goto(f"/projects/{project.key}")
    row(page, draft).get_by_role("button", name="Start", exact=True).tap()
    expect(outcome(page).get_by_role("button", name="Queue it", exact=True)).to_be_in_viewport()
    swap = outcome(page).get_by_role("button", name="Swap with “Holder”")
    swap.tap()
    expect(row(page, draft)).to_contain_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_refusal_of_a_full_plan_has_no_line_behind_its_button_on_a_phone(
    site: Site, full: Full
) -> None:
    project, _, draft = full
    page = site.visit(site.world.member(project), **PHONE)
    page.goto(f"/projects/{project.key}")
    press(page, draft, "Start")
    link = outcome(page).get_by_role("link", name="See the plan, its slots and the queue")
    is_whole = """link => {
        const panel = link.closest(".panel");
        panel.scrollTop = panel.scrollHeight;
        const paragraph = link.parentElement.getBoundingClientRect();
        const inside = [paragraph.top + 1, paragraph.bottom - 1];
        return inside.every((y) => link.parentElement.contains(
            document.elementFromPoint(paragraph.left + 5, y)));
    }"""
    assert link.evaluate(is_whole)


def test_a_button_without_an_edge_begins_on_a_phone_where_the_words_above_it_do(
    site: Site,
) -> None:
    email = site.world.user()
    site.visit(email)
    page = site.visit(email, **PHONE)
    page.goto("/account")
    words = "node => { const range = document.createRange(); range.selectNodeContents(node);"
    words += " return range.getBoundingClientRect().left; }"
    signs_out = page.get_by_role("main").get_by_role("button", name="Sign out", exact=True)
    name = page.get_by_role("row").last.get_by_role("rowheader")
    assert abs(signs_out.last.evaluate(words) - name.evaluate(words)) < 1


def test_what_is_queued_starts_on_screen_when_a_colleague_pauses(site: Site, full: Full) -> None:
    project, holder, draft = full
    page = refused(site, full)
    outcome(page).get_by_role("button", name="Queue it", exact=True).click()
    expect(outcome(page)).to_contain_text("“Newcomer” is queued: it is next.")
    expect(row(page, draft)).to_contain_text("Queued: it is next")
    assert "is queued" in focused(page)

    colleague = site.open_project(site.world.member(project), project)
    press(colleague, holder, "Pause")
    expect(row(page, draft)).to_contain_text("Live")
    assert "is queued" in focused(page)


def test_asking_an_admin_ends_with_it_running_when_the_limit_is_raised(
    site: Site, full: Full
) -> None:
    project, holder, draft = full
    page = refused(site, full)
    outcome(page).get_by_role("button", name="Queue it and ask an admin").click()
    expect(outcome(page)).to_contain_text("The admins see your request for a slot")
    site.world.set_limit(project, 2)
    expect(row(page, draft)).to_contain_text("Live")
    expect(row(page, holder)).to_contain_text("Live")


@pytest.mark.parametrize("way", WAITING)
def test_waiting_for_a_slot_needs_no_mouse(site: Site, full: Full, way: str) -> None:
    project, _, draft = full
    page = site.open_project(site.world.member(project), project)
    row(page, draft).get_by_role("button", name="Start", exact=True).press("Enter")
    expect(outcome(page)).to_contain_text("is not started")
    # The note to the admins comes first.
    for _ in range(2 + WAITING.index(way)):
        page.keyboard.press("Tab")
    assert focused(page) == way
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("“Newcomer” is queued: it is next.")
    site.world.set_limit(project, 2)
    expect(row(page, draft)).to_contain_text("Live")
    assert "is queued" in focused(page)


@pytest.mark.parametrize("way", WAITING)
def test_waiting_for_a_slot_fits_on_a_phone(site: Site, full: Full, way: str) -> None:
    project, _, draft = full
    page = site.visit(site.world.member(project), **PHONE)
    page.goto(f"/projects/{project.key}")
    row(page, draft).get_by_role("button", name="Start", exact=True).tap()
    wait = outcome(page).get_by_role("button", name=way, exact=True)
    expect(wait).to_be_in_viewport()
    wait.tap()
    expect(outcome(page)).to_contain_text("“Newcomer” is queued: it is next.")
    site.world.set_limit(project, 2)
    expect(row(page, draft)).to_contain_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_pause_is_taken_back_on_a_phone(site: Site, full: Full) -> None:
    project, holder, _ = full
    page = site.visit(site.world.member(project), **PHONE)
    page.goto(f"/projects/{project.key}")
    row(page, holder).get_by_role("button", name="Pause").tap()
    undo = outcome(page).get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport()
    undo.tap()
    expect(row(page, holder)).to_contain_text("Live")


def test_leaving_the_queue_is_one_click_too(site: Site, full: Full) -> None:
    _, _, draft = full
    page = refused(site, full)
    outcome(page).get_by_role("button", name="Queue it", exact=True).click()
    outcome(page).get_by_role("button", name="Leave the queue").click()
    expect(outcome(page)).to_contain_text("is not in the queue")
    expect(row(page, draft)).not_to_contain_text("Queued")


def test_undo_of_a_pause_whose_slot_a_colleague_took_is_refused_and_swapped_back(
    site: Site, full: Full
) -> None:
    project, holder, draft = full
    page = site.open_project(site.world.member(project), project)
    press(page, holder, "Pause")
    undo = outcome(page).get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    site.world.start(draft)
    undo.click()
    expect(outcome(page)).to_contain_text("“Holder” is not resumed: the slot is taken")
    expect(outcome(page).get_by_role("button").first).to_have_text("Queue it")
    outcome(page).get_by_role("button", name="Swap with “Newcomer”").click()
    expect(row(page, holder)).to_contain_text("Live")


def test_undo_is_offered_for_fifteen_seconds(site: Site) -> None:
    project = site.world.project()
    running = site.world.experiment(project, Status.RUNNING)
    page = site.visit(site.world.member(project))
    page.clock.install()
    page.goto(f"/projects/{project.key}")
    press(page, running, "Pause")
    undo = outcome(page).get_by_role("button", name="Undo")
    undo.focus()
    page.clock.fast_forward(10_000)
    expect(undo).to_be_visible()
    page.clock.fast_forward(5_500)
    expect(undo).to_have_count(0)
    assert "is paused" in focused(page)


def test_a_button_pressed_on_a_stale_row_says_what_changed_and_does_nothing(site: Site) -> None:
    project = site.world.project()
    paused = site.world.experiment(project, Status.STOPPED)
    page = site.open_project(site.world.member(project), project)
    # This page hears of nothing, as one does in the seconds between two polls.
    page.route(f"**/projects/{project.key}", lambda route: route.fulfill(status=304))
    colleague = site.world.member(project)
    theirs = site.open_project(colleague, project)
    press(theirs, paused, "Back to draft")
    expect(row(theirs, paused)).to_contain_text("Draft")
    page.unroute(f"**/projects/{project.key}")

    press(page, paused, "Resume")
    expect(outcome(page)).to_contain_text("was changed before you pressed")
    expect(outcome(page)).to_contain_text(f"It was moved back to draft by {colleague} today at")
    expect(outcome(page)).to_contain_text("Nothing has been done.")
    expect(row(page, paused)).to_contain_text("Draft")
    assert site.world.reload(paused).status is Status.DRAFT
    assert "was changed" in focused(page)


def test_the_queue_is_put_in_another_order_without_dragging(site: Site) -> None:
    project = site.world.project(limit=0)
    first, second = (site.world.experiment(project, name=name) for name in ("First", "Second"))
    page = site.open_project(site.world.member(project), project)
    for each in (first, second):
        press(page, each, "Start")
        outcome(page).get_by_role("button", name="Queue it", exact=True).click()
        expect(outcome(page)).to_contain_text(f"“{each.name}” is queued")
    page.goto(f"/projects/{project.key}/slots")
    places = page.locator("table.queue tbody tr")
    expect(places.first).to_contain_text("First")
    places.nth(1).get_by_role("button", name="Move up").click()
    expect(places.first).to_contain_text("Second")
    expect(outcome(page)).to_contain_text("“Second” is queued: it is next.")
    # There is no further way: the word that says so has the focus, and nothing comes under Enter.
    expect(places.first.locator(".button.end")).to_be_focused()
    expect(places.first.get_by_role("button", name="Move up")).to_have_count(0)


def test_what_is_moved_in_the_queue_can_be_moved_again_at_once(site: Site) -> None:
    project = site.world.project(limit=0)
    queued = site.world.queued(project, 4)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/slots")
    places = page.locator("table.queue tbody tr")
    last = row(page, queued[-1])
    last.get_by_role("button", name="Move up").focus()
    # Once more than there are places before it: it stays, and so does the focus.
    for place in (2, 1, 0, 0):
        page.keyboard.press("Enter")
        expect(places.nth(place)).to_contain_text(queued[-1].name)
        expect(outcome(page)).to_contain_text(f"{place} experiment" if place else "it is next")
        way = last.get_by_role("button", name="Move up") if place else last.locator(".button.end")
        expect(way).to_be_focused()
    assert site.world.line(project)[0] == queued[-1].test_id


def test_a_viewer_sees_the_queue_and_has_no_button(site: Site, full: Full) -> None:
    project, _, _ = full
    page = site.visit(site.world.member(project, Role.VIEWER))
    page.goto(f"/projects/{project.key}/slots")
    expect(page.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
    expect(page.locator("#region").get_by_role("button")).to_have_count(0)
