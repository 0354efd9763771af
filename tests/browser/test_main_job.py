from playwright.sync_api import expect

from app.models import Door, Status
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row


def test_a_marketer_starts_and_pauses_an_experiment(site: Site) -> None:
    project = site.world.project(limit=2, connected=True)
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    expect(row(page, experiment)).to_contain_text("Nobody sees it")
    expect(page.get_by_text("0 of 2 live", exact=True)).to_be_visible()

    press(page, experiment, "Start")
    expect(row(page, experiment)).to_contain_text("Visitors are being split")
    expect(page.get_by_text("1 of 2 live", exact=True)).to_be_visible()
    expect(outcome(page)).to_contain_text(f"“{experiment.name}” is live")

    press(page, experiment, "Pause")
    expect(row(page, experiment)).to_contain_text("Everybody sees the original; data kept")
    expect(page.get_by_text("0 of 2 live", exact=True)).to_be_visible()
    assert site.world.history(experiment) == [
        (Status.DRAFT, Status.RUNNING, Door.BROWSER),
        (Status.RUNNING, Status.STOPPED, Door.BROWSER),
    ]


def test_every_action_of_the_page_does_what_its_button_says(site: Site) -> None:
    project = site.world.project()
    paused = site.world.experiment(project, Status.STOPPED)
    page = site.open_project(site.world.member(project), project)

    press(page, paused, "Resume")
    expect(row(page, paused)).to_contain_text("Live")
    press(page, paused, "Pause")
    expect(row(page, paused)).to_contain_text("Paused")
    press(page, paused, "Back to draft")
    expect(row(page, paused)).to_contain_text("Draft")
    expect(row(page, paused).get_by_role("button")).to_have_count(2)
    expect(row(page, paused).get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_a_refused_start_names_the_limit_and_the_holders_and_stays_until_dismissed(
    site: Site,
) -> None:
    project = site.world.project(limit=2)
    holders = [site.world.experiment(project, Status.RUNNING) for _ in range(2)]
    draft = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)

    press(page, draft, "Start")
    panel = outcome(page)
    expect(panel).to_contain_text(f"“{draft.name}” is not started: both slots are taken")
    expect(panel).to_contain_text(
        "allows 2 experiments live at once in this project, and 2 are live"
    )
    for holder in holders:
        expect(panel.get_by_role("radio", name=f"{holder.name} live since today")).to_be_visible()
    expect(panel).to_contain_text("Nothing has changed")
    assert "is not started" in focused(page)

    with page.expect_response(lambda answer: answer.status == 304):
        pass
    expect(panel).to_contain_text("is not started")
    panel.get_by_role("button", name="Dismiss").click()
    expect(panel).to_be_empty()
    assert focused(page) == "Start"
    assert site.world.reload(draft).status is Status.DRAFT


def test_undo_takes_a_pause_back(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.RUNNING)
    page = site.open_project(site.world.member(project), project)

    press(page, experiment, "Pause")
    outcome(page).get_by_role("button", name="Undo").click()
    expect(outcome(page)).to_contain_text("is live again")
    expect(row(page, experiment)).to_contain_text("Live")


def test_undo_takes_back_to_draft_back(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.STOPPED)
    page = site.open_project(site.world.member(project), project)

    press(page, experiment, "Back to draft")
    outcome(page).get_by_role("button", name="Undo").click()
    expect(row(page, experiment)).to_contain_text("Paused")
    assert site.world.reload(experiment).status is Status.STOPPED


def test_a_start_offers_no_undo_because_the_table_has_no_way_straight_back(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)

    press(page, experiment, "Start")
    expect(outcome(page)).to_contain_text("is live")
    expect(outcome(page)).to_contain_text("Way back: Pause")
    expect(outcome(page).get_by_role("button")).to_have_text(["Dismiss"])


def test_discard_asks_by_name_and_cancel_changes_nothing(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)

    press(page, experiment, "Discard")
    dialog = page.get_by_role("dialog", name=f"Discard “{experiment.name}”?")
    expect(dialog).to_contain_text("clone it")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert focused(page) == "Discard"

    press(page, experiment, "Discard")
    expect(dialog.get_by_label("Why?")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Discard").click()
    expect(row(page, experiment)).to_contain_text("Archived")
    assert site.world.history(experiment) == [(Status.DRAFT, Status.ARCHIVED, Door.BROWSER)]


def test_archive_asks_and_escape_changes_nothing(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.STOPPED)
    page = site.open_project(site.world.member(project), project)

    press(page, experiment, "Archive")
    dialog = page.get_by_role("dialog", name=f"Archive “{experiment.name}”?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert site.world.reload(experiment).status is Status.STOPPED

    press(page, experiment, "Archive")
    dialog.get_by_role("button", name="Archive").click()
    expect(row(page, experiment)).to_contain_text("Archived")


def test_the_experiments_own_page_has_the_same_buttons_and_grows_its_history(site: Site) -> None:
    project = site.world.project(connected=True)
    experiment = site.world.experiment(project)
    email = site.world.member(project)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/experiments/{experiment.key}")

    expect(page.locator(".history .entry")).to_have_count(1)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".history .entry")).to_have_count(2)
    expect(page.locator(".history")).to_contain_text("you")
    expect(page.locator("#region .status")).to_contain_text("Visitors are being split")
