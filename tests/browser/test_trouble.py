"""What people fear: wrong clicks, colleagues, a server that is gone, a session that has ended."""

import re

from playwright.sync_api import Page, Route, expect

from app.models import Role, Status
from tests import patient
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.rows import focused, outcome, press, row
from tests.faults import outages
from tests.world import PASSWORD

# A request may wait for four seconds, and a page asks every four.
A_WHILE = 20_000
COUNT_UNDOS = """
window.sent = 0;
addEventListener("htmx:beforeRequest", ({ target }) => { sent += target.matches("[data-undo]"); });
"""


def test_a_double_click_on_start_does_not_press_what_comes_after_it(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    row(page, experiment).get_by_role("button", name="Start", exact=True).dblclick()
    expect(row(page, experiment)).to_contain_text("Live")
    expect(outcome(page)).to_contain_text("is live")
    assert len(site.world.history(experiment)) == 1


def test_a_second_press_that_comes_just_after_the_answer_is_none(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    page.evaluate(SECOND_PRESS_AFTER_THE_ANSWER)
    with page.expect_response("**/status"):
        row(page, experiment).get_by_role("button", name="Start", exact=True).click()
    expect(outcome(page)).to_contain_text("is live")
    assert page.evaluate("window.pressedAgain") == 1
    assert len(site.world.history(experiment)) == 1


SECOND_PRESS_AFTER_THE_ANSWER = """
window.pressedAgain = 0;
let first;
document.addEventListener("click", (event) => { first ??= event; }, true);
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (window.pressedAgain || !detail.xhr.responseURL.endsWith("/status")) return;
  window.pressedAgain += 1;
  const { target, clientX, clientY } = first;
  target.disabled = false;
  target.dispatchEvent(
    new MouseEvent("click", { bubbles: true, cancelable: true, detail: 2, clientX, clientY }),
  );
});
"""


def test_a_double_click_on_the_undo_of_many_does_not_press_the_next_undo(site: Site) -> None:
    project = site.world.project()
    live = site.world.experiment(project, Status.RUNNING)
    # In a long list the panel stands at the window's foot, and its button where the last one was.
    for _ in range(8):
        site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    page.clock.install(time=0)
    page.get_by_role("checkbox", name=f"Select {live.name}").check()
    page.locator("#bulk-bar").get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause 1").click()
    undo = outcome(page).get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    box = undo.bounding_box()
    assert box
    here = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.clock.pause_at(12)
    page.evaluate(COUNT_UNDOS)

    page.mouse.click(*here)
    expect(outcome(page)).to_contain_text("1 experiment is live.")
    page.clock.run_for(100)
    page.mouse.click(*here)
    assert page.evaluate("sent") == 1
    page.clock.run_for(1_000)
    page.mouse.click(*here)
    assert page.evaluate("sent") == 2
    expect(outcome(page)).to_contain_text("1 experiment is paused.")


def test_an_undo_that_is_on_its_way_when_its_time_is_up_tells_what_came_of_it(site: Site) -> None:
    project = site.world.project()
    live = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project), project)
    page.clock.install()
    page.get_by_role("checkbox", name=f"Select {live.name}").check()
    page.locator("#bulk-bar").get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause 1").click()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/bulk/undo", hold)
    outcome(page).get_by_role("button", name="Undo").click()
    until(page, lambda: bool(held))
    page.clock.fast_forward(16_000)
    held[0].abort()
    expect(outcome(page)).to_contain_text("The server did not answer")


def test_a_colleagues_change_appears_by_itself_and_keeps_the_focus(site: Site) -> None:
    project = site.world.project()
    mine, theirs = site.world.experiment(project), site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    row(page, mine).get_by_role("button", name="Start", exact=True).focus()
    site.world.start(theirs)
    expect(row(page, theirs)).to_contain_text("Live")
    expect(page.get_by_text("1 of 2 live", exact=True)).to_be_visible()
    assert focused(page) == "Start"


def test_an_open_question_survives_a_colleagues_change(site: Site) -> None:
    project = site.world.project()
    mine, theirs = site.world.experiment(project), site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    press(page, mine, "Discard")
    site.world.start(theirs)
    expect(row(page, theirs).first).to_contain_text("Live")
    dialog = page.get_by_role("dialog", name=f"Discard “{mine.name}”?")
    dialog.get_by_role("button", name="Discard").click()
    expect(row(page, mine)).to_contain_text("Archived")


def test_pressing_start_by_keyboard_leads_to_what_came_of_it_and_escape_back_to_the_row(
    site: Site,
) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    row(page, experiment).get_by_role("button", name="Start", exact=True).press("Enter")
    expect(row(page, experiment)).to_contain_text("Live")
    expect(outcome(page).get_by_role("region")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, experiment).get_by_role("link", name=experiment.name)).to_be_focused()
    expect(outcome(page)).to_be_empty()


def test_a_question_whose_button_is_gone_says_what_the_experiment_is_now(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    press(page, experiment, "Discard")
    site.world.start(experiment)
    expect(row(page, experiment)).to_contain_text("Live")
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(outcome(page)).to_contain_text(f"“{experiment.name}” was changed before you pressed")
    expect(outcome(page)).to_contain_text("It was set live by the command line today at")
    assert site.world.reload(experiment).status is Status.RUNNING


def test_an_unreadable_plan_is_said_and_pausing_still_works(own_site: Site) -> None:
    world = own_site.world
    project = world.project()
    running, draft = world.experiment(project, Status.RUNNING), world.experiment(project)
    page = own_site.open_project(world.member(project), project)
    world.execute("ALTER TABLE plan RENAME TO plan_away")
    press(page, draft, "Start")
    expect(outcome(page)).to_contain_text("its plan cannot be read just now")
    press(page, running, "Pause")
    expect(row(page, running)).to_contain_text("Paused")
    expect(page.get_by_text("Slots unknown")).to_be_visible()
    world.execute("ALTER TABLE plan_away RENAME TO plan")
    expect(page.get_by_text("0 of 2 live", exact=True)).to_be_visible()


def test_a_page_of_an_earlier_session_is_refreshed_when_it_acts(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    email = site.world.member(project)
    page = site.open_project(email, project)
    other = page.context.new_page()
    other.goto("/account")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_label("Email").fill(email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/")
    with page.expect_navigation():
        press(page, experiment, "Start")
    lost = page.get_by_role("region", name="the page was of an earlier session")
    lost.get_by_role("button", name="Start").click()
    expect(row(page, experiment)).to_contain_text("Live")


def test_a_button_on_a_stale_row_says_what_the_experiment_is_now(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    page.route(f"**/projects/{project.key}", lambda route: route.abort())
    site.world.archive(experiment)
    press(page, experiment, "Start")
    expect(outcome(page)).to_contain_text(f"“{experiment.name}” is not started: it is archived now")
    expect(outcome(page).get_by_role("button", name="Clone it")).to_be_visible()


def test_a_server_that_is_gone_is_said_and_not_silence(own_site: Site) -> None:
    project = own_site.world.project()
    experiment = own_site.world.experiment(project)
    page = own_site.open_project(own_site.world.member(project), project)
    own_site.server.kill()
    press(page, experiment, "Start")
    expect(outcome(page)).to_contain_text("The server did not answer")
    expect(page.locator("#connection")).to_contain_text("The server does not answer")


def says_that_it_is_away(site: Site) -> bool:
    """Return whether the server has noticed that its database is away."""
    return patient.get(f"{site.server.address}/readyz").json()["database"]["status"] == "away"


def test_a_press_while_the_database_is_away_is_said_to_have_done_nothing(own_site: Site) -> None:
    project = own_site.world.project()
    live = own_site.world.experiment(project, Status.RUNNING)
    page = own_site.open_project(own_site.world.member(project), project)
    with outages.away(own_site.world.app.config["SQLALCHEMY_DATABASE_URI"]):
        # Until then a connection that is open may write to the file that was moved away.
        until(page, lambda: says_that_it_is_away(own_site))
        press(page, live, "Pause")
        said = "The database cannot be used at this moment. Nothing was done."
        expect(outcome(page)).to_contain_text(said, timeout=A_WHILE)
        expect(outcome(page)).to_contain_text("Nothing has changed")
        lost = "The server cannot say what is so"
        expect(page.locator("#connection")).to_contain_text(lost, timeout=A_WHILE)
    expect(page.locator("#connection")).to_be_empty(timeout=A_WHILE)
    expect(outcome(page)).to_contain_text("Nothing was done. The server can say again what is so")
    expect(outcome(page).locator(".refused")).to_have_count(0)
    assert focused(page).startswith("Nothing has changed")
    press(page, live, "Pause")
    expect(outcome(page)).to_contain_text("is paused")


def test_an_ended_session_leads_to_sign_in_and_back(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    email = site.world.member(project)
    page = site.open_project(email, project)
    page.context.clear_cookies()
    press(page, experiment, "Start")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert f"next=/projects/{project.key}" in page.url
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/projects/{project.key}")
    assert site.world.reload(experiment).status is Status.DRAFT

    lost = page.get_by_role("region", name=f"“Start” of “{experiment.name}” was not carried out")
    expect(lost).to_be_focused()
    expect(lost).to_contain_text("you were signed out")
    lost.get_by_role("button", name="Start").click()
    expect(outcome(page)).to_contain_text("is live")
    expect(lost).to_have_count(0)
    page.reload()
    expect(page.get_by_text("was not carried out")).to_have_count(0)


def test_a_lost_press_on_a_form_or_on_many_is_told_and_can_be_pressed_again(site: Site) -> None:
    project = site.world.project(limit=None)
    chosen, other = site.world.experiment(project), site.world.experiment(project)
    email = site.world.member(project)
    page = site.open_project(email, project)
    page.get_by_role("checkbox", name=f"Select {chosen.name}").check()
    page.context.clear_cookies()
    page.locator("#bulk-bar").get_by_role("button", name="Start").click()
    sign_in_again(page, email)
    told = "“Start” of 1 experiment was not carried out"
    expect(page.get_by_role("heading", name=told)).to_be_visible()
    page.get_by_role("region", name="was not carried out").get_by_role(
        "button", name="Start"
    ).click()
    page.get_by_role("dialog").get_by_role("button", name="Start 1").click()
    expect(row(page, chosen)).to_contain_text("Live")
    expect(row(page, other)).to_contain_text("Draft")

    page.goto(f"/projects/{project.key}/experiments/{other.key}")
    page.context.clear_cookies()
    page.get_by_role("button", name="Clone").click()
    expect(
        page.get_by_text("If you pressed something just before, it was not carried out.")
    ).to_be_visible()
    sign_in_again(page, email)
    lost = page.get_by_role("region", name="“Clone” was not carried out")
    lost.get_by_role("button", name="Clone").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{other.name} (clone")


def test_a_lost_press_that_asks_is_named_by_its_button_and_keeps_the_focus(site: Site) -> None:
    project = site.world.project()
    site.world.running(project, 1)
    email = site.world.member(project)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/slots")
    for label in ("Hold the queue", "Stop everything"):
        page.get_by_role("button", name=label).click()
        page.context.clear_cookies()
        page.get_by_role("dialog").get_by_role("button", name=label).click()
        sign_in_again(page, email)
        lost = page.get_by_role("region", name=re.compile(f"^“{label}” was not carried out"))
        expect(lost).to_be_focused()
        lost.get_by_role("button", name=label).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        assert focused(page) == label


def sign_in_again(page: Page, email: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_viewer_sees_everything_and_can_press_nothing(site: Site) -> None:
    project = site.world.project(connected=True)
    experiment = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project, Role.VIEWER), project)
    expect(row(page, experiment)).to_contain_text("Visitors are being split")
    expect(page.locator("#region").get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("link", name="New experiment")).to_have_count(0)


def test_an_unchanged_page_polls_for_a_304_and_a_hidden_one_does_not_poll(site: Site) -> None:
    project = site.world.project()
    site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    with page.expect_response(f"**/projects/{project.key}") as polled:
        pass
    assert polled.value.status == 304
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url))
    page.evaluate("new Promise((done) => setTimeout(done, 5000))")
    assert polls == []


def test_signing_a_browser_out_by_keyboard_leads_back_to_the_list(site: Site) -> None:
    email = site.world.user()
    site.visit(email)
    page = site.visit(email)
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).last.press("Enter")
    expect(page.get_by_text("That browser is signed out.")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_focused()


def test_a_press_before_the_scripts_are_there_waits_for_them_and_is_asked_about(site: Site) -> None:
    project = site.world.project()
    colleague = site.world.member(project)
    page = site.visit(site.world.member(project, Role.OWNER))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/question.js", hold)
    page.goto(f"/projects/{project.key}/members", wait_until="commit")
    remove = page.get_by_role("row").filter(has_text=colleague).get_by_role("button", name="Remove")
    remove.click(no_wait_after=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    until(page, lambda: bool(held))
    held[0].continue_()
    expect(page.get_by_role("dialog").get_by_role("button", name="Remove")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("row").filter(has_text=colleague)).to_be_visible()
