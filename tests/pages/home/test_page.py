"""My projects, each with its slot meter."""

import pytest

from app.lifecycle.holds import holding
from app.models import Role, Status
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, World


def cards(world: World, email: str, query: str = "") -> list[str]:
    shown = page(world.browser(email).get(f"/{query}"))
    return [card.text for card in shown.every("li", class_="card")]


def test_somebody_sees_their_own_projects_and_no_others(world: World) -> None:
    mine, other = world.project(), world.project()
    email = world.member(mine, Role.OWNER)
    (card,) = cards(world, email)
    assert card == f"{mine.name} You are owner 0 of 2 live Plan {mine.plan_code} plan"
    assert other.name not in card


@pytest.mark.parametrize(
    ("limit", "running", "reading"),
    [
        (2, 0, "0 of 2 live"),
        (2, 1, "1 of 2 live"),
        (2, 2, "2 of 2 live"),
        (1, 3, "3 of 1 live Over the limit of the"),
        (0, 0, "0 of 0 live"),
        (None, 3, "3 live"),
        (20, 3, "3 of 20 live"),
    ],
)
def test_the_meter_says_how_many_of_how_many_slots_are_taken(
    world: World, limit: int | None, running: int, reading: str
) -> None:
    project = world.project(limit=None)
    world.running(project, running)
    world.experiment(project, Status.STOPPED)
    world.set_limit(project, limit)
    (card,) = cards(world, world.member(project))
    assert reading in card


def test_a_card_says_that_the_queue_of_its_project_is_held(world: World) -> None:
    project = world.project()
    email = world.member(project)
    shown = world.browser(email).get("/")
    assert "Its queue is held" not in shown.text
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)
        world.project()
    (card,) = cards(world, email)
    assert card.startswith(f"{project.name} You are marketer Its queue is held")
    again = world.browser(email).get("/", HX_Request="true", If_None_Match=shown.headers["ETag"])
    assert again.status_code == 200
    of_all = page(world.browser(world.user(admin=True)).get("/admin/projects"))
    held = [each.the("a").text for each in of_all.every("li", class_="card") if "held" in each.text]
    assert held == [project.name]


def test_somebody_without_a_project_is_told_whom_to_ask(world: World) -> None:
    shown = page(world.browser(world.user()).get("/"))
    assert "You are not a member of any project yet." in shown.text
    assert "Ask an admin" in shown.text
    assert "create one" in page(world.browser(world.user(admin=True)).get("/")).text


def sixty_projects(world: World) -> str:
    """The e-mail of somebody who looks at sixty projects."""
    email = world.user()
    project = world.project()
    user_id = world.execute("SELECT id FROM user_account")[0].id
    for number in range(60):
        world.execute(
            "INSERT INTO project (key, name, sort_name, plan_code, version, unit_salt, created_at,"
            " draft_count, running_count, stopped_count, archived_count)"
            " VALUES (:key, :name, :sort_name, :plan, 1, '', '2026-01-01', 0, 0, 0, 0)",
            key=f"p-{number}",
            name=f"Shop {number:02}",
            sort_name=f"shop {number:02}",
            plan=project.plan_code,
        )
    world.execute(
        "INSERT INTO membership SELECT id, :user, 'viewer' FROM project WHERE key LIKE 'p-%'",
        user=user_id,
    )
    return email


def names(shown: Element) -> list[str]:
    return [card.the("a").text for card in shown.every("li", class_="card")]


def more(shown: Element) -> str:
    return shown.the("nav", aria_label="Pages").the("a").attributes["href"]


def test_fifty_projects_are_a_page_and_the_rest_is_on_the_next(world: World) -> None:
    browser = world.browser(sixty_projects(world))
    first = page(browser.get("/"))
    second = page(browser.get(more(first)))
    assert names(first) + names(second) == [f"Shop {number:02}" for number in range(60)]
    assert second.every("nav", aria_label="Pages") == []


def test_a_page_of_projects_neither_repeats_nor_loses_one_when_the_last_one_seen_is_renamed(
    world: World,
) -> None:
    browser = world.browser(sixty_projects(world))
    first = page(browser.get("/"))
    world.execute("UPDATE project SET sort_name = 'zoo' WHERE name = 'Shop 49'")
    assert names(page(browser.get(more(first)))) == [
        *(f"Shop {number:02}" for number in range(50, 60)),
        "Shop 49",
    ]


@pytest.mark.parametrize("after", ["none", "99999999999999999999"])
def test_what_is_no_place_in_the_list_begins_at_its_beginning(world: World, after: str) -> None:
    browser = world.browser(world.member(world.project()))
    assert len(page(browser.get(f"/?after={after}")).every("li", class_="card")) == 1
