"""The list of experiments across projects, as the page shows it."""

import pytest

from app.models import Role, Status
from tests.pages.reading import page
from tests.world import World


def test_in_every_project_a_live_experiment_says_whether_a_site_can_ask(world: World) -> None:
    email = world.user()
    connected, alone = world.project(connected=True), world.project()
    for project, name in ((connected, "Split"), (alone, "Alone")):
        world.give_role(project, email, Role.MARKETER)
        world.experiment(project, Status.RUNNING, name)
    rows = page(world.browser(email).get("/experiments")).the("tbody").every("tr")
    said = {row.the("th").every("a")[0].text: row.text for row in rows}
    assert "No site" not in said["Split"]
    assert "No site can ask: no key" in said["Alone"]


def test_in_every_project_what_is_shipped_says_what_everybody_sees(world: World) -> None:
    project = world.project()
    world.ship(world.experiment(project, Status.RUNNING, "Shipped"))
    world.experiment(project, Status.STOPPED, "Paused")
    rows = page(world.browser(world.member(project)).get("/experiments")).the("tbody").every("tr")
    said = {row.the("th").every("a")[0].text: row.text for row in rows}
    assert "Everybody sees Treatment" in said["Shipped"]
    assert "Everybody sees" not in said["Paused"]


@pytest.mark.parametrize(
    ("query", "about", "link"),
    [
        ("", "No experiments yet. Each is created in a project", "/"),
        ("?q=banner", "No experiments here. Nothing here has “banner” in its name", "/experiments"),
        ("?tag=mobile", "No experiments here. Nothing here passes the filter.", "/experiments"),
        ("?status=running", "No experiments here. See all experiments", "/experiments"),
    ],
)
def test_where_there_is_nothing_it_says_why_and_what_can_be_done(
    world: World, query: str, about: str, link: str
) -> None:
    found = page(world.browser(world.member(world.project())).get(f"/experiments{query}"))
    empty = found.the("div", class_="empty")
    assert empty.text.startswith(about)
    assert [each.attributes["href"] for each in empty.every("a")] == [link]


def test_somebody_without_a_project_is_told_whom_to_ask(world: World) -> None:
    empty = page(world.browser(world.user()).get("/experiments")).the("div", class_="empty")
    assert "You are not a member of any project yet. Ask an admin" in empty.text
