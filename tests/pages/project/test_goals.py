"""A project's library of goals."""

import pytest

from app.models import Role
from tests.pages.reading import errors, page
from tests.world import World


def test_a_goal_is_added_and_listed_with_its_key(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/goals"
    assert "There are no goals yet." in page(browser.get(path)).text
    answer = browser.submit(path, name="Asked for help", key="", wanted="less")
    assert answer.headers["Location"] == path
    (row,) = page(browser.get(path)).the("tbody").every("tr")
    told = "Asked for help asked-for-help Conversion 7 days Less is better Rename Retire"
    assert row.text == told


def test_a_goal_adds_up_revenue_in_a_currency_for_as_long_as_it_runs(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/goals"
    measure = {"kind": "revenue", "currency": "eur", "window_days": ""}
    browser.submit(path, name="Orders", wanted="more", **measure)
    (row,) = page(browser.get(path)).the("tbody").every("tr")
    assert row.text.startswith("Orders orders Revenue in EUR As long as it runs More is better")
    text = "Revenue in EUR; As long as it runs; More is better"
    assert text in page(browser.get(f"{path}/orders")).text
    # Its cap is asked for in the design.
    assert "Orders (" not in page(browser.get(f"/projects/{project.key}/new-experiment")).text
    design = f"/projects/{project.key}/experiments/{world.experiment(project).key}/design"
    assert "Orders Revenue in EUR, as long as it runs" in page(browser.get(design)).text


def test_a_viewer_sees_the_goals_and_no_form(world: World) -> None:
    project = world.project()
    world.goal(project, "buy")
    found = page(
        world.browser(world.member(project, Role.VIEWER)).get(f"/projects/{project.key}/goals")
    )
    assert found.the("tbody").the("tr").the("code").text == "buy"
    assert found.every("form", class_="card form wide") == []


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"name": ""}, {"name": "Give it a name."}),
        ({"name": "  "}, {"name": "Give it a name."}),
        ({"key": "buy"}, {"key": "The project has a goal with the key buy already."}),
        ({"key": "Not a key"}, {"key": "A key has 1 to 64"}),
        ({"wanted": "most"}, {"wanted": "Not a valid choice."}),
        ({"kind": "revenue"}, {"currency": "Revenue has a currency"}),
        ({"kind": "revenue", "currency": "euros"}, {"currency": "A currency is three letters"}),
        ({"kind": "count", "currency": "EUR"}, {"currency": "Revenue has a currency"}),
        ({"window_days": "91"}, {"window_days": "Give 1 to 90 days"}),
        ({"window_days": "1.5"}, {"window_days": "Give a whole number."}),
    ],
    ids=str,
)
def test_a_mistake_is_said_beside_its_field(
    world: World, fields: dict[str, str], at_fault: dict[str, str]
) -> None:
    project = world.project()
    world.goal(project, "buy")
    browser = world.browser(world.member(project))
    form = {"name": "Bought", "key": "", "wanted": "more", **fields}
    answer = browser.submit(f"/projects/{project.key}/goals", **form)
    said = errors(answer)
    assert answer.status_code == 400
    assert {name: words[: len(at_fault[name])] for name, words in said.items()} == at_fault
    assert world.execute("SELECT count(*) FROM goal") == [(1,)]


def test_a_name_in_another_script_needs_no_key(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    browser.submit(f"/projects/{project.key}/goals", name="🛒", wanted="more")
    (row,) = page(browser.get(f"/projects/{project.key}/goals")).the("tbody").every("tr")
    assert row.the("code").text == "goal"


def test_goals_of_another_project_are_not_shown(world: World) -> None:
    project, other = world.project(), world.project()
    world.goal(other, "theirs")
    found = page(world.browser(world.member(project)).get(f"/projects/{project.key}/goals"))
    assert "theirs" not in found.text


def test_an_experiment_is_created_with_its_primary_goal(world: World) -> None:
    project = world.project()
    world.goal(project, "buy")
    browser = world.browser(world.member(project))
    path = f"/projects/{project.key}/new-experiment"
    shown = browser.submit(path, name="Banner", goal="buy").headers["Location"]
    assert (
        "buy (primary, conversion, 7 days)" in page(browser.get(shown)).the("dl", id="design").text
    )
    assert browser.submit(path, name="Second", goal="unknown").status_code == 400
