"""Preview on an experiment's page: a link to each variant on the live site."""

import pytest

from app.models import Project, Role
from tests.pages.reading import Element, page
from tests.world import World

PAGE = "https://shop.example/"


def made(world: World, project: Project, **fields: str) -> str:
    """The address of the page of a new experiment."""
    browser = world.browser(world.member(project))
    form = {"name": "Banner", "key": "banner", **fields}
    return browser.submit(f"/projects/{project.key}/new-experiment", **form).headers["Location"]


def shown(world: World, project: Project, path: str, role: Role) -> Element:
    return page(world.browser(world.member(project, role)).get(path))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER])
def test_whoever_sees_the_experiment_can_copy_a_link_to_each_variant(
    world: World, role: Role
) -> None:
    project = world.project()
    found = shown(world, project, made(world, project, url=PAGE), role)
    part = found.the("div", class_="previews")
    links = [copy.the("input").attributes["value"] for copy in part.every("div", class_="copy")]
    assert [each.the("label").text for each in part.every("div", class_="copy")] == [
        "Control",
        "Treatment",
    ]
    assert all(link.startswith(f"{PAGE}?switchyard_preview=") for link in links)
    assert [a.attributes["href"] for a in part.every("a", target="_blank")] == links
    assert part.the("time")


def test_without_a_page_it_says_where_to_name_one(world: World) -> None:
    project = world.project()
    path = made(world, project)
    says = "The experiment names no page that its variants could be shown on."
    found = shown(world, project, path, Role.MARKETER)
    assert says in found.text
    (link,) = [each for each in found.every("a") if each.text == "Name one under Edit"]
    assert link.attributes["href"] == f"{path}/edit"
    viewers = shown(world, project, path, Role.VIEWER)
    assert says in viewers.text
    assert "Name one" not in viewers.text


def test_what_is_archived_has_no_preview(world: World) -> None:
    project = world.project()
    path = made(world, project, url=PAGE)
    (row,) = world.execute("SELECT test_id FROM experiment")
    delete = f"/v2/project/{project.key}/experiment/{row.test_id}"
    assert world.browser(world.member(project)).call("DELETE", delete, {}).status_code == 200
    assert "Preview" not in shown(world, project, path, Role.MARKETER).text


def test_days_are_chosen_and_links_that_were_handed_out_are_taken_back(world: World) -> None:
    project = world.project()
    path = made(world, project, url=PAGE)
    for asked, days in (("?days=30", "30"), ("?days=31", "7"), ("", "7")):
        part = shown(world, project, f"{path}{asked}", Role.VIEWER).the("div", class_="previews")
        assert part.the("input", name="days").attributes["value"] == days
        assert "Take back" not in part.text
    browser = world.browser(world.member(project))
    taken_back = f"{path}/preview-links/take-back"
    # It is final: a question comes first.
    assert page(browser.get(path)).the("form", action=taken_back).attributes["data-question"]
    answer = browser.submit(taken_back)
    # What it answers stands at the top of the page: no anchor scrolls it out of sight.
    assert answer.location == path
    after = page(browser.get(path)).text
    assert "no preview link that was handed out works any more" in after
    assert "Preview links handed out → taken back" in after
