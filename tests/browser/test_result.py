"""The result's page in a browser: axe, both colour schemes, a phone, and the keyboard."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from app.experiments.designs import HALVES, Design, GoalUse, VariantDesign
from app.models import GoalRole, Project, Role, Status, now
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.views import check, in_view
from tests.measured import PURCHASE, Measured, golden, noon, planned, started
from tests.world import World

FULL = Design(
    goals=(
        GoalUse("purchase", GoalRole.PRIMARY),
        GoalUse("signup", GoalRole.SECONDARY),
        GoalUse("complaints", GoalRole.GUARDRAIL),
    )
)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2
VARIANTS = tuple(VariantDesign(f"v{number}", 500, f"Number {number}") for number in range(20))


def everything(world: World, project: Project) -> Measured:
    """A winner that harms a guardrail, with values, a pause, and a name without a space."""
    control, treatment = HALVES
    design = replace(FULL, variants=(control, replace(treatment, name=LONG)))
    measured = started(world, project, design, days=20, name=LONG, less=("complaints",))
    for day in (19, 18, 9, 2):
        measured.come(0, 2500, noon(day), 24.5, purchase=200, signup=80, complaints=20)
        measured.come(1, 2500, noon(day), 24.5, purchase=300, signup=85, complaints=90)
    measured.turn(Status.STOPPED, noon(15))
    measured.turn(Status.RUNNING, noon(11))
    return measured


def broken(world: World, project: Project) -> Measured:
    measured = started(world, project, name="Broken")
    measured.come(0, 1500, noon(3), purchase=120)
    measured.come(1, 1900, noon(3), purchase=190)
    return measured


def many(world: World, project: Project) -> Measured:
    measured = started(world, project, replace(PURCHASE, variants=VARIANTS), name="Many")
    for position in range(20):
        measured.come(position, 60, noon(9), purchase=5 + position)
        measured.come(position, 60, noon(5), purchase=5)
    return measured


def empty(world: World, project: Project) -> Measured:
    return started(world, project, name="Empty")


STATES = [everything, broken, many, golden, empty, planned]


def visit(site: Site, project: Project, view: str, role: Role = Role.VIEWER) -> Page:
    return site.visit(site.world.member(project, role), **in_view(view))


SELECT_THE_TABLE = "getSelection().selectAllChildren(document.querySelector('main table'))"


def test_a_table_is_copied_as_text_with_a_line_for_each_row(site: Site) -> None:
    project = site.world.project(None)
    page = visit(site, project, "light")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(golden(site.world, project).page)
    page.evaluate(SELECT_THE_TABLE)
    page.keyboard.press("Control+C")
    head, control, treatment = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert "Sure range, look any time\tRange for one look\tChance" in head
    assert control.startswith("Control; the original\t")
    assert treatment.startswith("Treatment\t")


def test_axe_finds_nothing_on_a_result_of_any_kind(site: Site) -> None:
    project = site.world.project(None)
    page = visit(site, project, "light", Role.MARKETER)
    for state in STATES:
        page.goto(state(site.world, project).page)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        for summary in page.locator("summary").all():
            summary.click()
        check(page)


def test_what_wins_is_shipped_by_one_press_of_the_keyboard(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "light", Role.MARKETER)
    measured = started(site.world, project, replace(PURCHASE, minimum_visitors=0))
    measured.come(0, 300, noon(10), purchase=120)
    measured.come(1, 300, noon(9), purchase=210)
    measured.look()
    page.goto(measured.page)
    expect(page.get_by_role("radio", name="Ship “Treatment” to everybody")).to_be_checked()
    page.get_by_label("What was learned?").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    told = page.get_by_role("status").filter(has_text="everybody sees “Treatment”")
    expect(told).to_be_focused()
    expect(page.get_by_role("heading", name="Decided: Won")).to_be_visible()
    check(page)


def test_axe_finds_nothing_where_days_cannot_be_used(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "phone")
    page.goto(f"{golden(site.world, project).page}?from=2026-03-02&to=2026-03-01")
    expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    check(page)


@pytest.mark.parametrize("width", [480, 700, 760, 900, 1040, 1400])
def test_nothing_is_wider_than_a_window_of_any_width(site: Site, width: int) -> None:
    project = site.world.project(None)
    page = visit(site, project, "light")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(everything(site.world, project).page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for table in page.locator("table.result").all():
        inner, outer = table.bounding_box(), page.locator("main").bounding_box()
        assert inner
        assert outer
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def test_the_numbers_behind_the_chart_are_reached_by_keyboard(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "light")
    page.goto(golden(site.world, project).page)
    chart = page.get_by_role("region", name="Chart", exact=True)
    chart.focus()
    page.keyboard.press("Tab")
    expect(page.locator("summary")).to_be_focused()
    numbers = page.get_by_role("region", name="The numbers behind the chart")
    expect(numbers).to_be_hidden()
    page.keyboard.press("Enter")
    expect(numbers).to_be_visible()
    expect(numbers).to_contain_text("148 of 1,480")
    page.keyboard.press("Tab")
    expect(numbers).to_be_focused()


def test_on_a_phone_the_chart_opens_at_its_latest_day_and_scrolls_by_keyboard(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "phone")
    page.goto(golden(site.world, project).page)
    page.get_by_role("region", name="Chart", exact=True).focus()
    label = page.locator(".chart .label").first
    expect(label).to_be_in_viewport(ratio=1)
    page.keyboard.press("ArrowLeft")
    until(page, lambda: page.evaluate("document.activeElement.scrollLeft") < 0)


def test_on_a_phone_the_chart_of_a_first_day_shows_that_day(site: Site) -> None:
    project = site.world.project()
    measured = started(site.world, project, days=0.001)
    for position in (0, 1):
        measured.come(position, 50, now(), purchase=10)
    page = visit(site, project, "phone")
    page.goto(measured.page)
    page.get_by_role("region", name="Chart", exact=True).focus()
    bars = page.locator(".chart .bar")
    for number in range(2):
        expect(bars.nth(number)).to_be_in_viewport(ratio=0.9)


def test_a_screen_reader_is_told_what_the_chart_shows(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "light")
    page.goto(golden(site.world, project).page)
    drawing = page.get_by_role("img", name="Purchase: conversion rate, day by day")
    expect(drawing).to_have_accessible_description(
        "Control ends at 8.0 %, 6.7 % to 9.5 %. Treatment ends at 10.0 %, 8.6 % to 11.6 %. "
        "The numbers are in the table below."
    )


def test_days_are_chosen_and_given_up_again_in_the_form(site: Site) -> None:
    project = site.world.project()
    page = visit(site, project, "light")
    page.goto(golden(site.world, project).page)
    day = noon(9).date().isoformat()
    page.get_by_label("From", exact=True).fill(day)
    page.get_by_role("button", name="Show").click()
    visitors = page.locator("table.result tbody td").first
    expect(visitors).to_have_text("0")
    page.get_by_role("link", name="All days").click()
    expect(visitors).to_have_text("1,500")
