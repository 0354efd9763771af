from playwright.sync_api import Locator, Page, expect

from app.models import Role, Status
from tests import patient
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row
from tests.browser.views import check


def test_an_experiment_is_created_from_its_form_and_started(site: Site) -> None:
    project = site.world.project()
    page = site.open_project(site.world.member(project), project)
    page.get_by_role("link", name="New experiment").click()
    page.get_by_label("Name").fill("Größere Bilder")
    page.get_by_label("Page URL").fill("https://shop.example/cart")
    page.get_by_label("Description").fill("Bigger pictures sell more.")
    page.get_by_role("button", name="Create experiment").click()
    created = page.get_by_text("is created: a draft that nobody sees yet")
    expect(created).to_be_visible()
    expect(page.get_by_text("grossere-bilder")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("1 of 2 live", exact=True)).to_be_visible()
    # What was so when the page opened is not told beside what is so now.
    expect(created).to_have_count(0)


def test_a_mistake_in_the_form_is_said_beside_its_field_and_loses_nothing(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/new-experiment")
    page.get_by_label("Name").fill("Bigger pictures")
    page.get_by_label("Page URL").fill("javascript:alert(1)")
    page.get_by_role("button", name="Create experiment").click()
    address = page.get_by_label("Page URL")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_accessible_description(
        "The page under test, as https://example.com/cart. "
        "Give the whole address of the page, as https://example.com/."
    )
    expect(page.get_by_label("Name")).to_have_value("Bigger pictures")


def test_an_owner_mints_a_key_copies_it_uses_it_and_revokes_it(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project)
    page = site.visit(site.world.member(project, Role.OWNER))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/projects/{project.key}/keys")
    page.get_by_label("Name").fill("deploy job")
    page.get_by_role("button", name="Create key").click()
    assert focused(page).startswith("The key “deploy job” is created")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    token = page.evaluate("navigator.clipboard.readText()")

    def start() -> int:
        path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{site.server.address}{path}"
        return patient.patch(address, headers=headers, json={"status": 1}).status_code

    assert start() == 200
    page.goto(f"/projects/{project.key}/keys")
    expect(page.get_by_text(token)).to_have_count(0)
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("cell", name="Revoked")).to_be_visible()
    assert start() == 401


def test_an_owner_makes_a_key_for_emergencies_and_rotates_it(site: Site) -> None:
    project = site.world.project()
    experiment = site.world.experiment(project, Status.RUNNING)
    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto(f"/projects/{project.key}/keys")
    page.get_by_label("Name").fill("watchdog")
    for scope in ("Read:", "Write:", "Start:", "Keys:"):
        page.get_by_role("checkbox", name=scope).uncheck()
    page.get_by_role("button", name="Create key").click()
    first = page.get_by_label("The new key").input_value()
    expect(page.get_by_role("row").filter(has_text="watchdog")).to_contain_text("may pause")
    page.get_by_role("link", name="Rotate").click()
    page.get_by_label("The present token ends").select_option("At once")
    page.get_by_role("button", name="Rotate the key").click()
    assert focused(page).startswith("The key “watchdog” is rotated")
    second = page.get_by_label("The new key").input_value()

    def ask(token: str, status: int) -> int:
        path = f"/v2/project/{project.key}/experiment/{experiment.test_id}/status"
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{site.server.address}{path}"
        return patient.patch(address, headers=headers, json={"status": status}).status_code

    assert [ask(first, 0), ask(second, 0), ask(second, 1)] == [401, 200, 403]


def test_an_owner_adds_a_member_and_changes_the_role(site: Site) -> None:
    project = site.world.project()
    colleague = site.world.user()
    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto(f"/projects/{project.key}/members")
    page.get_by_label("Email").fill(colleague)
    page.get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Add or change member").click()
    expect(page.get_by_role("row").filter(has_text=colleague)).to_contain_text("Viewer")
    page.wait_for_load_state()
    page.get_by_role("row").filter(has_text=colleague).get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("row").filter(has_text=colleague)).to_have_count(0)


def test_an_admin_lowers_a_limit_with_open_eyes_and_an_owner_sees_the_ways_out(site: Site) -> None:
    project = site.world.project(limit=3)
    live = site.world.running(project, 3)
    draft = site.world.experiment(project)
    admin = site.visit(site.world.user(admin=True))
    admin.goto(f"/admin/plans/{project.plan_code}")
    admin.get_by_label("Experiments live at once").fill("2")
    admin.get_by_role("button", name="Save plan").press("Enter")
    asked = admin.get_by_role("region", name="1 project over the limit, by 1 experiment")
    expect(asked).to_be_focused()
    expect(asked.get_by_role("listitem")).to_have_text(f"{project.name}: 3 of 2 live")
    check(admin)
    admin.get_by_role("button", name="Save all the same").click()
    assert "nothing was stopped" in focused(admin)
    check(admin)

    page = site.visit(site.world.member(project, Role.OWNER))
    page.goto("/")
    item = page.get_by_role("listitem").filter(has_text="is over its limit: 3 of 2 live")
    item.get_by_role("link", name=project.name).click()
    notice = page.locator("#over-limit")
    expect(notice).to_contain_text("3 of 2 live: over the limit")
    check(page)
    notice.get_by_role("link", name="Start a draft, and ask for slots").click()
    press(page, draft, "Start")
    expect(outcome(page)).to_contain_text("is not started: 3 of 2 are live")
    expect(outcome(page).get_by_role("button", name="Queue it and ask an admin")).to_be_visible()
    notice.get_by_role("link", name="Pause some that are live").click()
    press(page, live[0], "Pause")
    expect(notice).to_have_count(0)


def test_an_admin_chooses_projects_and_moves_them_after_a_preview(site: Site) -> None:
    crowded, other = site.world.project(limit=2), site.world.project(limit=2)
    site.world.running(crowded, 2)
    smaller = site.world.plan(limit=1)
    page = site.visit(site.world.user(admin=True))
    page.goto(f"/admin/projects?plan={crowded.plan_code}")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("button", name="Choose all on this page").click()
    page.get_by_role("group", name="Move the chosen projects").get_by_label("Plan").select_option(
        str(smaller)
    )
    check(page)
    page.get_by_role("button", name="Move to this plan").press("Enter")
    expect(page.get_by_role("button", name="Move all the same")).to_be_visible()
    assert f"{crowded.name}: 2 of 1 live" in focused(page)
    check(page)
    page.get_by_role("button", name="Move all the same").press("Enter")
    expect(page.get_by_role("row").filter(has_text=crowded.name)).to_contain_text(
        "Over the limit: 2 of 1 live. Nothing was stopped."
    )
    assert f"On the plan Plan {smaller}, 1 at once now:" in focused(page)
    check(page)
    page.goto(f"/admin/projects?sort=free&plan={other.plan_code}")
    page.get_by_role("checkbox", name=f"Choose {other.name}").check()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)


def test_an_admin_creates_a_project_on_a_plan_and_adds_its_first_member(site: Site) -> None:
    plan, email = site.world.plan(limit=1), site.world.user()
    page = site.visit(site.world.user(admin=True))
    page.goto("/admin/projects/new")
    page.get_by_label("Name").fill("Bakery")
    page.get_by_label("Plan").select_option(str(plan))
    page.get_by_label("I am its owner").uncheck()
    page.get_by_role("button", name="Create project").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Role").select_option("owner")
    page.get_by_role("button", name="Add or change member").click()
    member = page.get_by_role("row").filter(has_text=email)
    expect(member).to_contain_text("The only owner: it needs another first.")
    theirs = site.visit(email)
    theirs.goto("/")
    expect(theirs.get_by_role("listitem").filter(has_text="Bakery")).to_contain_text("0 of 1 live")

    page.get_by_label("Email").fill(site.world.user())
    page.get_by_label("Role").select_option("owner")
    page.get_by_role("button", name="Add or change member").click()
    member.get_by_role("button", name="Remove").click()
    check(page)
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The member is removed.")).to_be_visible()
    expect(member).to_have_count(0)


def test_an_admin_assigns_another_plan(site: Site) -> None:
    project = site.world.project(limit=1)
    holder, draft = site.world.experiment(project, Status.RUNNING), site.world.experiment(project)
    bigger = site.world.plan(limit=5)
    admin = site.visit(site.world.user(admin=True))
    admin.goto(f"/admin/projects/{project.key}")
    admin.get_by_label("Plan").select_option(str(bigger))
    admin.get_by_role("button", name="Assign plan").click()
    expect(admin.get_by_text("The plan is assigned")).to_be_visible()

    page = site.open_project(site.world.member(project), project)
    press(page, draft, "Start")
    expect(page.get_by_text("2 of 5 live", exact=True)).to_be_visible()
    expect(row(page, holder)).to_contain_text("Live")


def test_what_came_of_a_form_has_the_focus_on_the_page_that_follows(site: Site) -> None:
    project = site.world.project()
    site.world.goal(project, "buy")
    email = site.world.member(project, Role.OWNER)
    page = site.visit(email)
    page.goto(f"/projects/{project.key}/slots")
    page.get_by_role("button", name="Hold the queue").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Hold the queue").press("Enter")
    expect(page.locator("#hold")).to_be_focused()
    assert "The queue is held since" in focused(page)
    page.get_by_role("link", name="Lift the hold").press("Enter")
    page.get_by_role("button", name="Lift the hold").press("Enter")
    expect(said(page)).to_be_focused()
    assert "The hold is lifted." in focused(page)
    page.goto(f"/projects/{project.key}/goals")
    page.get_by_role("button", name="Retire").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Retire").press("Enter")
    expect(said(page)).to_be_focused()
    page.goto(f"/projects/{project.key}/visitor")
    page.get_by_label("Visitor").fill("ada")
    page.get_by_role("button", name="Delete what is kept").press("Enter")
    expect(said(page)).to_be_focused()
    assert "Nothing is kept of this visitor" in focused(page)


def test_what_came_of_retiring_and_erasing_a_project_has_the_focus(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.user(admin=True))
    page.goto(f"/admin/projects/{project.key}")
    page.get_by_role("button", name="Retire").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Retire").press("Enter")
    expect(said(page)).to_be_focused()
    assert "is retired: its keys open nothing." in focused(page)
    page.get_by_role("link", name="Erase it").press("Enter")
    page.get_by_label("The project's name").fill(project.name)
    page.get_by_role("button", name="Delete it for good").press("Enter")
    expect(said(page)).to_be_focused()
    assert "is being erased" in focused(page)


def said(page: Page) -> Locator:
    """Return where a page says what came of the form that led to it."""
    return page.get_by_role("main").locator(".panel.done")
