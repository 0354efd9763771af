"""Learnings as a page, as a file, and as sheets to print."""

import csv
import io

import pytest

from app import lifecycle
from app.lifecycle import ActionRequest
from app.lifecycle.rules import Action
from app.models import Conclusion, Project, Role
from app.tenancy import projects
from tests.api.asking import with_key
from tests.means import Spent, earning, evenly, spend
from tests.measured import Measured, golden
from tests.pages.reading import Element, page
from tests.world import COMMAND_LINE, World

FORMULA = '=HYPERLINK("https://evil.example")'


def shipped(world: World, project: Project, name: str = "Banner") -> Measured:
    """The golden experiment, shipped, with a hypothesis that a spreadsheet would compute."""
    measured = golden(world, project)
    said = {"name": name, "hypothesis": FORMULA, "tags": ["basket"]}
    path = f"/api/admin/experiments/{measured.experiment.public_id}"
    assert with_key(world, project)("PATCH", path, said).status_code == 200
    with world.app.app_context():
        request = ActionRequest(Action.SHIP, variant="treatment", reason="Green sells.")
        test_id = measured.experiment.test_id
        lifecycle.take_action(project.id, test_id, request, COMMAND_LINE)
    return measured


def seen(world: World, email: str, path: str) -> Element:
    answer = world.browser(email).get(path)
    assert answer.status_code == 200
    return page(answer)


def names(found: Element) -> list[str]:
    return [each.text for each in found.every("th", scope="row")]


def test_a_row_says_how_it_ended_the_sure_range_the_visitors_and_what_was_learned(
    world: World,
) -> None:
    measured = shipped(world, world.project())
    viewer = world.member(measured.project, Role.VIEWER)
    found = seen(world, viewer, f"/projects/{measured.project.key}/learnings")
    (row,) = found.the("tbody").every("tr")
    name, (outcome, change, visitors, learned) = row.the("th"), row.every("td")
    assert name.text == "Banner basket"
    assert name.the("a").attributes["href"] == measured.page
    assert outcome.text.startswith("Outcome: Won Everybody sees Treatment on ")
    assert "Treatment at “Purchase”, measured +25.0 %" in change.text
    result = seen(world, viewer, measured.page).the("table", class_="result")
    assert change.the("span", class_="figure").text == result.every("span", class_="figure")[0].text
    assert visitors.text == "2,980 in 14 days"
    assert learned.text == f"Green sells. Hypothesis {FORMULA}"


def test_of_what_earned_nothing_it_is_said_as_on_the_result_that_there_are_no_percent(
    world: World,
) -> None:
    measured, goal_id = earning(world, world.project())
    spend(measured, goal_id, 0, 10, evenly(1_000, 120, 20.0))
    spend(measured, goal_id, 1, 10, Spent(1_000, [-10.0] * 400))
    world.ship(measured.experiment)
    viewer = world.member(measured.project, Role.VIEWER)
    found = seen(world, viewer, f"/projects/{measured.project.key}/learnings")
    change = found.the("tbody").the("tr").every("td")[1].text
    assert "What counts is not above nothing, so nothing can be said in percent" in change
    result = seen(world, viewer, measured.page).the("main").text
    assert "is not above nothing for Treatment, so nothing can be said in percent" in result


def test_a_variant_that_was_decided_for_is_not_said_to_have_been_shipped(world: World) -> None:
    measured = golden(world, world.project())
    with world.app.app_context():
        request = ActionRequest(Action.CONCLUDE, Conclusion.WON, "treatment")
        test_id = measured.experiment.test_id
        lifecycle.take_action(measured.project.id, test_id, request, COMMAND_LINE)
    viewer = world.member(measured.project, Role.VIEWER)
    found = seen(world, viewer, f"/projects/{measured.project.key}/learnings")
    outcome = found.the("tbody").every("td")[0]
    assert outcome.text.startswith("Outcome: Won decided for Treatment on ")


def test_across_projects_one_sees_those_of_ones_own_and_an_admin_all(world: World) -> None:
    mine, other = world.project(), world.project()
    shipped(world, mine, "Mine")
    shipped(world, other, "Other")
    member, admin = world.member(mine), world.user(admin=True)
    assert names(seen(world, member, "/learnings")) == [f"Mine {mine.name} basket"]
    of_admin = seen(world, admin, "/learnings")
    assert names(of_admin) == [f"Other {other.name} basket", f"Mine {mine.name} basket"]
    # Those pages are not for somebody who belongs to no project.
    assert not of_admin.the("tbody").every("a")
    world.give_role(mine, admin, Role.VIEWER)
    opened = seen(world, admin, "/learnings").the("tbody").every("a")
    assert [each.text for each in opened] == ["Mine", mine.name]


def test_retired_projects_are_closed_to_admins_here_too(world: World) -> None:
    measured = shipped(world, world.project())
    with world.app.app_context():
        request = ActionRequest(Action.STOP_SERVING)
        test_id = measured.experiment.test_id
        lifecycle.take_action(measured.project.id, test_id, request, COMMAND_LINE)
        projects.retire(measured.project.key, COMMAND_LINE)
    found = seen(world, world.user(admin=True), "/learnings")
    assert found.the("div", class_="empty").text.startswith("Nothing has ended yet.")


@pytest.mark.parametrize(
    ("query", "found"),
    [("tag=basket", 1), ("tag=other", 0), ("quarter=2001-Q1", 0), ("quarter=soon", 1)],
)
def test_the_address_names_the_filter_for_the_page_the_file_and_the_sheets(
    world: World, query: str, found: int
) -> None:
    measured = shipped(world, world.project())
    browser = world.browser(world.member(measured.project))
    path = f"/projects/{measured.project.key}/learnings"
    shown = page(browser.get(f"{path}?{query}"))
    assert len(shown.every("tbody")) == found
    assert len(page(browser.get(f"{path}/sheets?{query}")).every("article")) == found
    assert browser.get(f"{path}.csv?{query}").text.count("Banner") == found


def test_of_one_outcome_alone_nothing_is_said_of_how_often_it_comes(world: World) -> None:
    measured = shipped(world, world.project())
    email = world.member(measured.project)
    for query, often in (("", ["1 of 1"]), ("?outcome=won", []), ("?shipped=yes", [])):
        found = seen(world, email, f"/projects/{measured.project.key}/learnings{query}")
        assert [each.text for each in found.every("strong")][:1] == often


def test_where_nothing_has_ended_it_says_what_would_and_leads_on(world: World) -> None:
    project = world.project()
    found = seen(world, world.member(project), f"/projects/{project.key}/learnings")
    empty = found.the("div", class_="empty")
    assert "once it is decided on its result page, or archived after it ran" in empty.text
    assert empty.the("a").attributes["href"] == f"/projects/{project.key}"
    assert not found.every("a", class_="button")


def test_the_file_has_the_row_in_fractions_and_nothing_that_a_spreadsheet_computes(
    world: World,
) -> None:
    measured = shipped(world, world.project())
    browser = world.browser(world.member(measured.project))
    text = browser.get(f"/projects/{measured.project.key}/learnings.csv").text
    (row,) = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert row["hypothesis"] == f"'{FORMULA}"
    assert (row["outcome"], row["variant"], row["goal"]) == ("won", "treatment", "purchase")
    assert (row["shipped"], row["broken_split"]) == ("true", "false")
    assert float(row["improvement"]) == pytest.approx(0.25)
    assert -1 < float(row["low"]) < float(row["improvement"]) < float(row["high"])
