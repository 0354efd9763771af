"""Every page, in both colour schemes and on a phone: axe finds nothing, nothing is cut off."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from app.accounts import password_links
from app.demo import setup
from app.models import now
from tests.browser.conftest import Site
from tests.browser.views import check
from tests.world import COMMAND_LINE

OWNER, ADMIN = "olga@demo.test", "admin@demo.test"
SHOP = "/projects/demo-outdoor-shop"
PAGES = [
    (None, "/sign-in"),
    (OWNER, "/"),
    (OWNER, SHOP),
    (OWNER, f"{SHOP}?status=archived"),
    (OWNER, f"{SHOP}?tag=basket&filter=open"),
    (OWNER, "/experiments"),
    (OWNER, "/experiments?outcome=won&filter=open"),
    (OWNER, "/learnings"),
    (OWNER, f"{SHOP}/learnings?filter=open"),
    (OWNER, f"{SHOP}/learnings/sheets"),
    (OWNER, "/projects/demo-garden-centre"),
    (OWNER, "/projects/demo-ski-school"),
    (OWNER, f"{SHOP}/experiments/pricing-page-headline"),
    (OWNER, f"{SHOP}/experiments/pricing-page-headline/launch-check"),
    (OWNER, f"{SHOP}/slots"),
    (OWNER, f"{SHOP}/history"),
    (OWNER, f"{SHOP}/history?kind=changes&experiment=pricing-page-headline"),
    (OWNER, f"{SHOP}/experiments/pricing-page-headline/edit"),
    (OWNER, f"{SHOP}/experiments/pricing-page-headline/schedule"),
    (OWNER, f"{SHOP}/experiments/pricing-page-headline/design"),
    (OWNER, f"{SHOP}/new-experiment"),
    (OWNER, f"{SHOP}/goals"),
    (OWNER, f"{SHOP}/goals/purchase"),
    (OWNER, f"{SHOP}/audiences"),
    (OWNER, f"{SHOP}/install"),
    (OWNER, f"{SHOP}/api"),
    (OWNER, f"{SHOP}/visitor"),
    (OWNER, f"{SHOP}/keys"),
    (OWNER, f"{SHOP}/keys/1/rotate"),
    (OWNER, f"{SHOP}/webhooks"),
    (OWNER, f"{SHOP}/members"),
    (OWNER, f"{SHOP}/audit"),
    (OWNER, "/account"),
    (OWNER, "/account/notifications"),
    (OWNER, "/account/notifications/demo-outdoor-shop"),
    (OWNER, "/nothing-here"),
    (ADMIN, "/admin/notifications"),
    (ADMIN, "/admin/plans"),
    (ADMIN, "/admin/plans/new"),
    (ADMIN, "/admin/plans/300"),
    (ADMIN, "/admin/projects"),
    (ADMIN, "/admin/projects?slots=over&sort=free"),
    (ADMIN, "/admin/projects/new"),
    (ADMIN, "/admin/projects/demo-outdoor-shop"),
    (ADMIN, "/admin/projects/demo-outdoor-shop/limit"),
    (ADMIN, "/admin/projects/demo-outdoor-shop/erase"),
    (ADMIN, "/"),
    (ADMIN, "/admin/requests"),
    (ADMIN, "/admin/demand"),
    (ADMIN, "/admin/people"),
    (ADMIN, "/admin/people/4/deactivate"),
    (ADMIN, "/admin/audit"),
    (ADMIN, "/admin/demo"),
]


def visit(site: Site, email: str) -> Page:
    """A page, signed in as one of the demo's people."""
    with site.app.app_context():
        password = setup.sign_ins()["sign_ins"][email]
    return site.visit(email, password)


def test_axe_finds_nothing_on_any_page(demo_site: Site) -> None:
    visitors = {email: visit(demo_site, email) for email in (OWNER, ADMIN)}
    stranger = demo_site.stranger()
    with demo_site.app.app_context():
        token = password_links.invite("nina@demo.test", COMMAND_LINE).token
    for email, address in (*PAGES, (None, f"/choose-password?token={token}")):
        page = visitors[email] if email else stranger
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        check(page)


def test_axe_finds_nothing_in_a_refusal_a_question_and_a_form_with_errors(demo_site: Site) -> None:
    page = visit(demo_site, OWNER)
    page.goto(SHOP)
    page.locator("#row-10").get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("both slots are taken")
    check(page)
    page.locator("#row-8").get_by_role("button", name="Discard", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page)
    page.goto(f"{SHOP}/new-experiment")
    page.get_by_label("Page URL").fill("nowhere")
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("region", name="There are 2 problems")).to_be_focused()
    check(page)


def test_axe_finds_nothing_where_a_press_is_told_that_an_ended_session_lost(
    demo_site: Site,
) -> None:
    page = visit(demo_site, OWNER)
    page.goto(SHOP)
    page.context.clear_cookies()
    page.locator("#row-10").get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/sign-in**")
    check(page)
    with demo_site.app.app_context():
        password = setup.sign_ins()["sign_ins"][OWNER]
    page.get_by_label("Email").fill(OWNER)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region").filter(has_text="was not carried out")).to_be_focused()
    check(page)


def test_axe_finds_nothing_where_a_sign_in_waits_and_in_a_list_of_browsers(
    demo_site: Site,
) -> None:
    page = demo_site.stranger()
    page.goto("/sign-in")
    told = page.get_by_text("Too many wrong passwords.").first
    for _ in range(12):
        # The first waits may be over before a slow browser has sent the next one.
        if told.is_visible():
            break
        page.get_by_label("Email").fill("somebody@demo.test")
        page.get_by_label("Password").fill("wrong wrong")
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
    expect(told).to_be_visible()
    check(page)
    visit(demo_site, OWNER)
    page = visit(demo_site, OWNER)
    page.goto("/account")
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()
    check(page)


def test_axe_finds_nothing_in_the_list_of_keys_a_form_that_is_back_and_an_edit_overtaken(
    demo_site: Site,
) -> None:
    page = visit(demo_site, OWNER)
    page.goto(SHOP)
    page.keyboard.press("u")
    expect(page.get_by_text("There is nothing to undo.")).to_be_visible()
    check(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    check(page)
    page.get_by_role("switch").click()
    check(page)
    page.goto(f"{SHOP}/experiments/pricing-page-headline/edit")
    page.get_by_label("Name").fill("x" * 120)
    page.reload()
    expect(page.get_by_role("button", name="Start over")).to_be_visible()
    check(page)
    page.locator("[name=seen]").evaluate("(field) => { field.value = '' }")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("blockquote")).to_have_text("Pricing page headline")
    check(page)


def test_axe_finds_nothing_in_a_change_of_many_and_in_what_is_queued(demo_site: Site) -> None:
    page = visit(demo_site, OWNER)
    page.goto(f"{SHOP}?status=draft")
    page.get_by_label("Select all on this page").check()
    expect(page.locator("#bulk-bar")).to_be_visible()
    check(page)
    page.locator("#bulk-bar").get_by_role("button", name="Start").click()
    expect(page.get_by_role("dialog")).to_contain_text("will be refused")
    check(page)
    page.get_by_role("dialog").get_by_role("button", name="Queue").click()
    expect(page.locator("#outcome")).to_contain_text("queued")
    check(page)
    page.goto(f"{SHOP}/slots")
    page.get_by_role("button", name="Move down").first.click()
    expect(page.locator("#outcome")).to_contain_text("before it")
    check(page)
    page.get_by_role("button", name="Leave the queue").last.click()
    expect(page.locator("#outcome")).to_contain_text("is not in the queue")
    check(page)


def test_axe_finds_nothing_where_everything_is_stopped_held_and_overdue(demo_site: Site) -> None:
    world = demo_site.world
    project = world.project()
    world.running(project, 2)
    world.schedule(world.experiment(project), now() + timedelta(hours=1))
    past = f"{now() - timedelta(minutes=5):%Y-%m-%d %H:%M:%S.%f}"
    statement = "UPDATE scheduled_change SET at = :past WHERE project_id = :id"
    world.execute(statement, past=past, id=project.id)
    page = demo_site.visit(world.member(project))
    page.goto(f"/projects/{project.key}/slots")
    expect(page.get_by_text("overdue for 5 minutes")).to_be_visible()
    page.get_by_role("button", name="Stop everything").click()
    check(page)
    page.get_by_role("dialog").get_by_role("button", name="Stop everything").click()
    expect(page.locator("#outcome")).to_contain_text("Everything is stopped")
    expect(page.locator("#hold")).to_contain_text("The queue is held")
    check(page)
    page.goto(f"/projects/{project.key}/hold")
    expect(page.get_by_role("button", name="Undo Stop everything")).to_be_visible()
    check(page)
    page.goto(f"/projects/{project.key}/history?kind=project")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    check(page)
    world.execute("DELETE FROM scheduled_change WHERE project_id = :id", id=project.id)
