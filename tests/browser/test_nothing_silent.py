"""What the desk says before and after it does something that nobody pressed a Start or Stop for."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from app import lifecycle
from app.models import Role, Status, now
from app.results import summaries
from app.web.settings import start_terms
from tests.browser.conftest import Site
from tests.browser.rows import focused, outcome, press, row
from tests.browser.views import check, in_view
from tests.measured import noon, started

ROOM = "it => it.clientWidth"
LINES_OF_ITS_END = """it => {
  const end = document.createRange()
  end.setStart(it.lastChild, it.lastChild.data.lastIndexOf("department"))
  end.setEnd(it.lastChild, it.lastChild.length)
  return end.getClientRects().length
}"""
RING_IS_WHOLE = """(() => {
  const it = document.activeElement, its = it.getBoundingClientRect()
  const list = it.closest(".list").getBoundingClientRect(), style = getComputedStyle(it)
  const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset)
  return its.left - ring >= list.left
})()"""
IS_SEEN = """(() => {
  const its = document.activeElement.getBoundingClientRect()
  const [x, y] = [its.x + its.width / 2, its.y + its.height / 2]
  return document.elementFromPoint(x, y) === document.activeElement
})()"""


def test_removing_a_member_lists_what_they_have_planned_and_their_stop_still_happens(
    site: Site,
) -> None:
    world = site.world
    project = world.project(limit=1)
    email, owner = world.member(project), world.member(project, Role.OWNER)
    live = world.experiment(project, Status.RUNNING, "Live one")
    kept = [world.experiment(project, name=name) for name in ("First", "Second")]
    starting = world.experiment(project, name="Later")
    person, at = world.person(email), now() + timedelta(hours=1)
    world.schedule(live, stop_at=at, actor=person)
    world.schedule(starting, at + timedelta(hours=1), actor=person)
    for each in kept:
        world.queue(each, person)

    page = site.visit(owner, **in_view("dark phone"))
    page.goto(f"/projects/{project.key}/members")
    remove = page.get_by_role("row").filter(has_text=email).get_by_role("button", name="Remove")
    remove.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 stop: “Live one”")
    expect(dialog).to_contain_text("1 start: “Later”")
    expect(dialog).to_contain_text("2 queued: “First”, “Second”")
    check(page)
    page.keyboard.press("Escape")
    expect(remove).to_be_focused()
    remove.press("Enter")
    dialog.get_by_label("Drop them").check()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Dropped: 1 start")).to_be_visible()

    with site.app.app_context():
        lifecycle.carry_out_schedules(project.id, at, start_terms())
    assert world.reload(live).status is Status.STOPPED
    assert world.line(project) == []
    page.goto(f"/projects/{project.key}/history?experiment={live.key}")
    taken_over = page.get_by_role("listitem").filter(has_text="Scheduled stop taken over")
    expect(taken_over).to_contain_text(f"it was planned by {email}, who was removed")
    expect(taken_over).to_contain_text(re.compile("you", re.IGNORECASE))


def test_what_becomes_of_starts_is_asked_where_all_of_the_question_is_seen(site: Site) -> None:
    world = site.world
    project = world.project(limit=1)
    email, owner = "first-name.last-name@department.example", world.member(project, Role.OWNER)
    short = world.member(project)
    world.execute(
        "UPDATE user_account SET email = :long WHERE email = :short", long=email, short=short
    )
    world.running(project, 1)
    world.queue(world.experiment(project), world.person(email))
    page = site.visit(owner)
    page.goto(f"/projects/{project.key}/members")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Role").select_option("viewer")
    send = page.get_by_role("button", name="Add or change member")
    send.click()
    expect(page.get_by_label("Drop them")).to_be_visible()
    assert page.get_by_label("Email").evaluate(ROOM) > 200
    assert send.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_role("row").filter(has_text=email).get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 queued")
    assert dialog.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    # The address breaks behind its "@", and nowhere else.
    assert dialog.get_by_role("heading").evaluate(LINES_OF_ITS_END) == 1


def test_a_raised_limit_says_what_it_starts_before_and_what_it_started_after(site: Site) -> None:
    world = site.world
    project = world.project(limit=1)
    world.running(project, 1)
    email = world.member(project)
    waiting = [world.experiment(project, name=name) for name in ("Banner", "Prices")]
    for each in waiting:
        world.queue(each, world.person(email))
    admin = world.user(admin=True)
    page = site.visit(admin)
    page.goto(f"/admin/plans/{project.plan_code}")
    page.get_by_label("Experiments live at once").fill("6")
    page.get_by_role("button", name="Save plan").click()
    told = "2 experiments start from the queue at once"
    expect(page.get_by_role("heading", name=told)).to_be_visible()
    assert told in focused(page)
    expect(page.get_by_text("“Banner”, “Prices”")).to_be_visible()
    check(page)
    assert [world.reload(each).status for each in waiting] == [Status.DRAFT] * 2
    page.get_by_role("button", name="Save and start 2").click()
    expect(page.get_by_text("2 experiments went live from the queue")).to_be_visible()

    page = site.visit(email)
    page.goto(f"/projects/{project.key}/history?experiment={waiting[0].key}")
    started = page.get_by_role("listitem").filter(has_text="Draft →")
    expect(started).to_contain_text(f"The limit was raised by {admin}")
    expect(started.locator(".who")).to_contain_text("you")


def test_what_needs_attention_is_put_aside_and_shown_again(own_site: Site) -> None:
    world = own_site.world
    project = world.project()
    silent = world.experiment(project, Status.RUNNING, "Silent")
    world.execute(
        "UPDATE experiment SET changed_at = :at, live_since = NULL WHERE test_id = :id",
        at=f"{now() - timedelta(days=30):%Y-%m-%d %H:%M:%S.%f}",
        id=silent.test_id,
    )
    with own_site.app.app_context():
        summaries.renew(now())
    page = own_site.visit(world.member(project), **in_view("dark phone"))
    page.goto("/")
    item = page.locator(".attention li").filter(has_text="Silent")
    check(page)
    expect(item).to_contain_text("No primary goal is chosen, so nothing is decided.")
    item.get_by_role("button", name="Put aside").press("Enter")
    expect(page.get_by_text("Put aside, for you alone.")).to_be_visible()
    expect(page.locator(".attention")).to_have_count(0)
    expect(page.get_by_role("heading", name="Needs attention")).to_be_focused()
    check(page)
    page.get_by_role("button", name="Show it again").click()
    expect(item).to_be_visible()


def test_the_limit_offers_the_queue_first_and_then_all_that_can_make_room(site: Site) -> None:
    world = site.world
    project = world.project(limit=7)
    live = [world.experiment(project, Status.RUNNING, f"Live {number}") for number in range(7)]
    draft = world.experiment(project, name="Newcomer")
    page = site.visit(world.member(project), **in_view("phone"))
    page.goto(f"/projects/{project.key}")
    press(page, draft, "Start")
    panel = outcome(page)
    expect(panel.get_by_role("button").first).to_have_text("Queue it")
    expect(panel.get_by_role("button").first).to_be_in_viewport()
    check(page)
    expect(panel.get_by_role("radio")).to_have_count(7)
    expect(panel.get_by_role("button", name="Swap with")).to_have_text("Swap with “Live 0”")
    panel.get_by_role("radio").first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowDown")
        expect(panel.locator("input:focus")).to_be_in_viewport()
        assert page.evaluate(IS_SEEN), "what has the focus is behind the button"
        assert page.evaluate(RING_IS_WHOLE), "the list cuts off what shows the focus"
    swap = panel.get_by_role("button", name="Swap with")
    expect(swap).to_have_text("Swap with “Live 6”")
    page.keyboard.press("Tab")
    expect(swap).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("“Newcomer” is live, “Live 6” is paused.")
    expect(row(page, draft)).to_contain_text("Live")
    assert world.reload(live[-1]).status is Status.STOPPED


def test_each_kind_of_trouble_needs_attention_and_each_row_says_its_verdict(own_site: Site) -> None:
    world = own_site.world
    project = world.project(limit=None)
    split = started(world, project, name="Split")
    split.come(0, 1500, noon(3), purchase=120)
    split.come(1, 1900, noon(3), purchase=190)
    started(world, project, name="Silent")
    world.execute(
        "UPDATE experiment SET changed_at = :at, live_since = NULL WHERE project_id = :id",
        at=f"{now() - timedelta(days=14):%Y-%m-%d %H:%M:%S.%f}",
        id=project.id,
    )
    late = world.experiment(project, name="Late")
    world.schedule(late, now() + timedelta(hours=1))
    world.let_be_due(late, timedelta(minutes=5))
    with own_site.app.app_context():
        summaries.renew(now())
    page = own_site.visit(world.member(project), **in_view("phone"))
    page.goto("/")
    attention = page.locator(".attention li")
    for name, why in (
        ("Late", "overdue: was to start"),
        ("Split", "split"),
        ("Silent", "no visitor"),
    ):
        expect(attention.filter(has_text=name)).to_contain_text(re.compile(why, re.IGNORECASE))
    check(page)
    page.goto(f"/projects/{project.key}")
    for name, word in (("Split", "Broken split"), ("Silent", "No visitors")):
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text(word)
    check(page)
