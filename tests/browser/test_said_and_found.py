"""What is late says so, what is there is found, and a form that failed can be opened again."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from app.models import Role, now
from tests.browser.conftest import Site
from tests.browser.rows import focused, row

MINUTES, HOURS = timedelta(minutes=5), timedelta(hours=3)
# As a Mac sends it: a letter, and the accent after it.
TYPED_ON_A_MAC = "Cafe\u0301 bar"


def test_what_is_carried_out_late_says_how_late_and_what_is_too_late_asks(site: Site) -> None:
    world = site.world
    project = world.project()
    late, too_late = (world.experiment(project, name=name) for name in ("Late", "Forgotten"))
    for experiment, since in ((late, MINUTES), (too_late, HOURS)):
        world.schedule(experiment, now() + HOURS)
        world.let_be_due(experiment, since)
    world.carry_out(project)
    page = site.open_project(world.member(project), project)
    expect(row(page, late)).to_contain_text("Live")
    expect(row(page, too_late)).to_contain_text("Draft")
    expect(row(page, too_late)).to_contain_text("Start it now, or drop its start")
    row(page, too_late).get_by_role("button", name="Start", exact=True).click()
    expect(row(page, too_late)).to_contain_text("Live")
    page.goto(f"/projects/{project.key}/history?experiment={late.key}")
    expect(page.get_by_text("5 minutes late: it was due")).to_be_visible()


def test_a_stop_that_is_set_alone_leaves_the_start_that_was_set(site: Site) -> None:
    world = site.world
    project = world.project()
    draft = world.experiment(project)
    world.schedule(draft, now() + timedelta(days=2))
    start_at = world.planned(draft).start_at
    page = site.visit(world.member(project))
    page.goto(f"/projects/{project.key}/experiments/{draft.key}/schedule")
    stop = now() + timedelta(days=9)
    page.get_by_label("Stop at").fill(f"{stop:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Keep the schedule").click()
    expect(page.get_by_text(re.compile("^Starts "))).to_be_visible()
    planned = world.planned(draft)
    assert planned.start_at == start_at
    assert planned.stop_at


def test_what_looks_the_same_is_found_and_names_sort_as_people_expect(site: Site) -> None:
    world = site.world
    project = world.project()
    names = ("Zebra 10", "Ärmel", "Zebra 9", "Caf\u00e9\u00a0 bar", "Anzug")
    for name in names:
        world.experiment(project, name=name)
    page = site.open_project(world.member(project), project)
    search = page.get_by_role("searchbox", name="Name, key or address")
    search.fill(TYPED_ON_A_MAC)
    search.press("Enter")
    expect(page.get_by_text("1 found")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="bar")).to_have_count(1)
    search.fill("zebra")
    search.press("Enter")
    expect(page.get_by_text("2 found")).to_be_visible()
    page.goto(f"/projects/{project.key}?sort=name")
    shown = page.locator('[id^="name-"]').all_inner_texts()
    assert shown[:2] == ["Anzug", "Ärmel"]
    assert shown[-2:] == ["Zebra 9", "Zebra 10"]


def test_a_page_is_printed_without_what_only_a_screen_can_press(site: Site) -> None:
    project = site.world.project()
    draft = site.world.experiment(project)
    page = site.open_project(site.world.member(project), project)
    create = page.get_by_role("link", name="New experiment")
    expect(create).to_be_visible()
    page.emulate_media(media="print")
    expect(row(page, draft)).to_be_visible()
    expect(create).to_be_hidden()


def test_a_printed_page_says_an_address_once(site: Site) -> None:
    project = site.world.project()
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}/new-experiment")
    page.get_by_label("Name").fill("Bigger pictures")
    page.get_by_label("Page URL").fill("https://shop.example/cart")
    page.get_by_role("button", name="Create experiment").click()
    page.emulate_media(media="print")
    address = page.get_by_role("link", name="https://shop.example/cart")
    expect(address).to_be_visible()
    assert address.evaluate("it => getComputedStyle(it, '::after').content") == "none"


def test_a_form_that_failed_says_all_its_errors_and_its_address_can_be_opened_again(
    site: Site,
) -> None:
    world = site.world
    project = world.project()
    page = site.visit(world.member(project, Role.OWNER))
    page.goto(f"/projects/{project.key}/members")
    page.get_by_label("Email").fill("nobody@example.test")
    page.get_by_role("button", name="Add or change member").click()
    expect(page).to_have_title(re.compile("^Error: "))
    assert focused(page).startswith("There are 2 problems")
    answer = page.goto(page.url)
    assert answer
    assert answer.status == 200
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
    page.goto(f"/projects/{project.key}/install")
    page.locator("#origins").fill("no site")
    page.get_by_role("button", name="Save sites").click()
    expect(page).to_have_title(re.compile("^Error: "))
    answer = page.goto(page.url)
    assert answer
    assert answer.status == 200
