"""From a refused start to more slots: a marketer asks, an admin answers, the experiment starts."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from app.models import Status, now
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row
from tests.browser.views import check

TOMORROW = f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}"


def test_a_note_leads_to_another_limit_until_a_date_and_the_experiment_starts_by_itself(
    site: Site,
) -> None:
    project = site.world.project(limit=1)
    site.world.experiment(project, Status.RUNNING)
    draft, email = site.world.experiment(project, name="Newcomer"), site.world.member(project)
    page = site.open_project(email, project)
    press(page, draft, "Start")
    expect(outcome(page)).to_contain_text("is not started")
    outcome(page).get_by_label("A note to the admins").fill("The fair begins tomorrow.")
    check(page)
    outcome(page).get_by_role("button", name="Queue it and ask an admin").click()
    expect(outcome(page)).to_contain_text("The admins see your request for a slot")

    admin = site.visit(site.world.user(admin=True))
    granted(admin, project.name)

    expect(row(page, draft)).to_contain_text("Live")
    answer = page.get_by_role("region", name=f"There are more slots for “{project.name}”")
    expect(answer).to_contain_text("Good luck at the fair.")
    expect(page.get_by_text("2 of 2 live", exact=True)).to_be_visible()
    expect(page.get_by_text("2 until")).to_be_visible()
    check(page)
    page.goto("/")
    expect(answer).to_be_visible()
    answer.get_by_role("button", name="Dismiss").click()
    expect(answer).to_have_count(0)
    page.goto(f"/projects/{project.key}/slots")
    expect(page.get_by_text("Good luck at the fair.")).to_be_visible()


def granted(admin: Page, project_name: str) -> None:
    """Have an admin find a request and grant it, after what that starts was shown."""
    admin.goto("/admin/requests")
    asked = admin.get_by_role("row").filter(has_text=project_name)
    expect(asked).to_contain_text("The fair begins tomorrow.")
    asked.get_by_role("link", name="Answer").click()
    expect(admin.get_by_label("Experiments live at once")).to_have_value("2")
    check(admin)
    admin.get_by_label("Put the project on another plan").check()
    expect(admin.get_by_label("Until", exact=True)).to_be_hidden()
    check(admin)
    admin.get_by_label("Give the project another limit until a date").check()
    admin.get_by_label("Until", exact=True).fill(TOMORROW)
    admin.get_by_label("Answer", exact=True).fill("Good luck at the fair.")
    admin.get_by_role("button", name="Answer").click()
    expect(admin.get_by_role("button", name="Grant it and start 1")).to_be_visible()
    assert "1 experiment starts from the queue at once" in focused(admin)
    check(admin)
    admin.get_by_role("button", name="Grant it and start 1").click()
    expect(admin.get_by_text("The request is granted.")).to_be_visible()
