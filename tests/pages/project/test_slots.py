"""Slots and queue as the page shows them."""

import pytest

from app.models import Project, Role, Status
from tests.pages.reading import Element, page
from tests.world import Browser, World


def places(browser: Browser, project: Project) -> list[list[str]]:
    """Return what stands beside each place in the queue."""
    queue = page(browser.get(f"/projects/{project.key}/slots")).the("table", class_="queue")
    return [
        [each.text for each in row.all() if is_choice(each)]
        for row in queue.the("tbody").every("tr")
    ]


def is_choice(element: Element) -> bool:
    return element.has({"class_": "button"})


def test_the_ends_of_the_queue_offer_no_further_way(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 3)
    browser = world.browser(world.member(project))
    assert places(browser, project) == [
        ["First", "Move down", "Leave the queue"],
        ["Move up", "Move down", "Leave the queue"],
        ["Move up", "Last", "Leave the queue"],
    ]


def test_the_only_one_in_the_queue_has_nowhere_to_move(world: World) -> None:
    project = world.project(limit=0)
    world.queued(project, 1)
    assert places(world.browser(world.member(project)), project) == [["Leave the queue"]]


@pytest.mark.parametrize(
    ("status", "others"),
    [(Status.DRAFT, ["Discard"]), (Status.STOPPED, ["Back to draft", "Archive"])],
)
def test_what_waits_in_the_queue_can_leave_it_and_is_not_started_again(
    world: World, status: Status, others: list[str]
) -> None:
    project = world.project(limit=1)
    waiting = world.experiment(project, status, "Waits")
    world.set_limit(project, 0)
    world.queue(waiting)
    browser = world.browser(world.member(project))
    found = page(browser.get(f"/projects/{project.key}"))
    row = found.the("tr", id=f"row-{waiting.test_id}")
    assert [each.text for each in row.every("button")] == ["Leave the queue", *others]


@pytest.mark.parametrize(
    ("limit", "role", "told", "ways"),
    [
        (
            1,
            Role.OWNER,
            "2 are paused, or an admin gives it more slots. Pause some that are live"
            " Start a draft, and ask for slots",
            ["running", "draft"],
        ),
        (1, Role.VIEWER, "2 are paused, or an admin gives it more slots.", []),
        (0, Role.VIEWER, "an admin gives it more slots.", []),
    ],
)
def test_a_project_over_its_limit_says_so_with_the_ways_out(
    world: World, limit: int, role: Role, told: str, ways: list[str]
) -> None:
    project = world.project(limit=2)
    world.running(project, 2)
    browser = world.browser(world.member(project, role))
    paths = [f"/projects/{project.key}", f"/projects/{project.key}/slots"]
    assert [page(browser.get(path)).every("div", id="over-limit") for path in paths] == [[], []]
    world.set_limit(project, limit)
    for path in paths:
        notice = page(browser.get(path)).the("div", id="over-limit")
        assert notice.text == (
            f"2 of {limit} live: over the limit of the Plan {project.plan_code} plan."
            f" Nothing was stopped. Nothing more starts until {told}"
        )
        addresses = [each.attributes["href"] for each in notice.every("a")]
        assert addresses == [f"{paths[0]}?status={way}" for way in ways]
