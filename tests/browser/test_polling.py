"""Which of a page's requests may be told "unchanged": the timed poll, and no other."""

import pytest
from playwright.sync_api import Page, Request, Route, expect

from app.models import Experiment, Project
from app.models.names import sort_name
from tests.browser.conftest import Site
from tests.browser.polling import until
from tests.browser.rows import press, row

SECOND, POLL_MILLISECONDS = 1000, 4000


@pytest.fixture
def project(site: Site) -> Project:
    """A project."""
    return site.world.project()


@pytest.fixture
def experiment(site: Site, project: Project) -> Experiment:
    """A draft in it."""
    return site.world.experiment(project)


@pytest.fixture
def page(site: Site, project: Project, experiment: Experiment) -> Page:  # noqa: ARG001
    """The project's page, whose timers run when the test says so."""
    page = site.visit(site.world.member(project))
    page.clock.install(time=0)
    page.clock.pause_at(SECOND)
    page.goto(f"/projects/{project.key}")
    return page


def is_conditional(request: Request) -> bool:
    return "if-none-match" in request.headers


def test_the_timed_poll_asks_whether_and_an_action_asks_what(
    page: Page, project: Project, experiment: Experiment
) -> None:
    address = f"**/projects/{project.key}"
    with page.expect_response(address) as polled:
        page.clock.run_for(POLL_MILLISECONDS)
    assert (polled.value.status, is_conditional(polled.value.request)) == (304, True)
    with page.expect_response(address) as fetched:
        press(page, experiment, "Start")
    assert (fetched.value.status, is_conditional(fetched.value.request)) == (200, False)
    expect(row(page, experiment)).to_contain_text("Live")


def test_what_an_action_did_is_shown_while_a_poll_still_waits_for_its_answer(
    page: Page, project: Project, experiment: Experiment
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**/projects/{project.key}", hold, times=1)
    page.clock.run_for(POLL_MILLISECONDS)
    until(page, lambda: len(held) == 1)
    press(page, experiment, "Start")
    expect(row(page, experiment)).to_contain_text("Live")
    expect(page.locator("#connection")).to_be_empty()


def test_the_start_page_shows_what_has_come_to_be_live_by_itself(
    site: Site, page: Page, experiment: Experiment
) -> None:
    page.goto("/")
    expect(page.get_by_text("Nothing is live in your projects")).to_be_visible()
    site.world.start(experiment)
    page.clock.run_for(POLL_MILLISECONDS)
    expect(page.get_by_role("link", name=experiment.name, exact=True)).to_be_visible()


def test_the_next_page_of_a_sorted_list_is_whole_although_the_last_row_seen_was_renamed(
    site: Site,
) -> None:
    project = site.world.project()
    site.world.crowd(project, 60)
    page = site.visit(site.world.member(project))
    page.goto(f"/projects/{project.key}?sort=name")
    names = page.locator("#region tbody [id^=name-]")
    expect(names).to_have_text([f"Crowd {number:03}" for number in range(50)])
    site.world.execute(
        "UPDATE experiment SET name = :new, sort_name = :sorted"
        " WHERE name = 'Crowd 049' AND project_id = :id",
        new="Crowd 125b",
        sorted=sort_name("Crowd 125b"),
        id=project.id,
    )
    page.get_by_role("navigation", name="Pages").get_by_role("link").click()
    expect(names).to_have_text([*(f"Crowd {number:03}" for number in range(50, 60)), "Crowd 125b"])
