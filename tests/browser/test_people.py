"""Who has access, and why: people come and go, and an admin finds what they did."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from app.accounts import api_keys
from app.models import KeyType, Project, Role, Status, now
from app.notifications.mail import stopping
from tests.browser.conftest import Site
from tests.browser.rows import focused, press, row
from tests.browser.views import check
from tests.settings import SECRET_KEY

PASSWORD = "a few good words"


def test_somebody_is_invited_and_leaves_and_what_they_had_is_handed_over(site: Site) -> None:
    project = site.world.project(limit=1)
    (live,) = site.world.running(project, 1)
    heir = site.world.member(project, Role.OWNER)
    admin = site.visit(site.world.user(admin=True))
    email = f"leaver-{project.plan_code}@example.test"
    theirs = invited(site, admin, email)
    belongings(site, project, email)
    admin.goto(f"/admin/people?q={email}")
    expect(admin.get_by_role("row").filter(has_text=email)).to_contain_text("(owner)")
    admin.get_by_role("link", name=email).click()
    admin.get_by_role("link", name="Deactivate…").click()
    owned = admin.get_by_role("row").filter(has_text=project.name)
    planned = "1 start: “Newcomer”; 1 queued: “Waiting”"
    for what in (f"“{live.name}”", planned, "“deploy”", "“web site”"):
        expect(owned).to_contain_text(what)
    admin.get_by_label("Drop them: they do not start").check()
    admin.get_by_label("Who takes over what they own").fill(heir)
    check(admin)
    admin.get_by_role("button", name="Deactivate").press("Enter")
    assert focused(admin) == (
        f"{email} is deactivated. Dropped: 1 start (“Newcomer”), 1 queued (“Waiting”). "
        f"Ended: 1 key (“deploy”). Kept: 1 key (“web site”). Owned by {heir} now: 3 experiments."
    )
    assert site.world.reload(live).status is Status.RUNNING
    theirs.reload()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")


def invited(site: Site, admin: Page, email: str) -> Page:
    """The page of somebody whom an admin has invited, and who has chosen a password."""
    admin.goto("/admin/people")
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("Email").fill(email)
    admin.get_by_role("button", name="Invite").click()
    link = admin.get_by_label("The link").input_value()
    check(admin)
    page = site.stranger()
    page.goto(link)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("Your password is saved, and you are signed in.")).to_be_visible()
    return page


def belongings(site: Site, project: Project, email: str) -> None:
    """Somebody owns all of a project, has planned and queued a start there, and has made keys."""
    site.world.give_role(project, email, Role.OWNER)
    actor, draft = site.world.person(email), site.world.experiment(project, name="Newcomer")
    site.world.queue(site.world.experiment(project, name="Waiting"), actor)
    site.world.execute(
        "UPDATE experiment SET owner_id = :person WHERE project_id = :project",
        person=actor.user_id,
        project=project.id,
    )
    site.world.schedule(draft, now() + timedelta(hours=1), actor=actor)
    with site.app.app_context():
        api_keys.mint(project.id, KeyType.ADMIN, "deploy", actor)
        api_keys.mint(project.id, KeyType.CLIENT, "web site", actor)


def test_an_admin_finds_why_something_started_by_itself_and_who_was_refused(site: Site) -> None:
    project = site.world.project(limit=1)
    holder = site.world.experiment(project, Status.RUNNING, name="Holder")
    waiting = site.world.experiment(project, name="Newcomer")
    asking, pausing = site.world.member(project), site.world.member(project)
    site.world.queue(waiting, site.world.person(asking))
    site.world.paused_by(holder, site.world.person(pausing))
    theirs = site.open_project(asking, project)
    press(theirs, holder, "Resume")
    expect(row(theirs, waiting)).to_contain_text("Live")
    admin = site.visit(site.world.user(admin=True))
    admin.goto(f"/admin/projects/{project.key}")
    admin.get_by_role("link", name="What was done here, and what was refused").click()
    started = admin.get_by_role("listitem").filter(has_text="Status changed: Newcomer")
    expect(started).to_contain_text(f"{asking}from the queue, as a slot was freed by {pausing}")
    admin.get_by_label("What", exact=True).select_option("Refused")
    admin.get_by_role("button", name="Show").click()
    expect(admin.get_by_role("listitem")).to_contain_text(["Resume refused: Holder"])
    check(admin)
    with admin.expect_download() as saved:
        admin.get_by_role("link", name="Download JSON lines").click()
    assert "Resume refused" not in saved.value.path().read_text()
    assert '"kind": "refused"' in saved.value.path().read_text()
    admin.get_by_label("To").fill("2026-01-01")
    admin.get_by_role("button", name="Show").click()
    expect(admin.get_by_text("Nothing of this kind is recorded.")).to_be_visible()
    admin.get_by_label("Person (email)").fill("nobody@example.test")
    admin.get_by_role("button", name="Show").click()
    expect(admin.get_by_text("Nobody signs in with this e-mail here.")).to_be_visible()
    # What is said below one field moves no other.
    tops = "all => new Set(all.map(it => it.getBoundingClientRect().top)).size"
    assert admin.locator(".filter > .field > label").evaluate_all(tops) == 1


def test_mails_are_chosen_by_their_reader_and_stop_by_a_press_without_a_sign_in(site: Site) -> None:
    project = site.world.project()
    email = site.world.member(project)
    page = site.visit(email)
    page.goto(f"/account/notifications/{project.key}")
    page.get_by_label("A result is conclusive").select_option("At once")
    page.get_by_role("button", name="Save").click()
    chosen = page.get_by_role("row").filter(has_text=project.name)
    expect(chosen).to_contain_text("3 kinds")
    token = stopping.token(SECRET_KEY, site.world.person(email).user_id or 0, project.id)
    stranger = site.stranger()
    stranger.goto(f"/stop-mails?token={token}")
    stranger.get_by_role("button", name="Stop these mails").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("These mails have stopped")
    check(stranger)
    page.reload()
    expect(chosen).to_contain_text("0 kinds")
