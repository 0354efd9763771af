"""Demand for slots over time, as admins see it."""

import csv
import io

import pytest

from app.models import Project
from tests.api.asking import names_path, with_key
from tests.pages.reading import page
from tests.world import Browser, World


@pytest.fixture
def admin(world: World) -> Browser:
    """The browser of an admin who is a member of no project."""
    return world.browser(world.user(admin=True))


def refuse(world: World, project: Project, times: int) -> None:
    ask, draft = with_key(world, project), world.experiment(project)
    for _ in range(times):
        assert ask("POST", names_path(draft), {"status": "running"}).status_code == 429


def test_each_plan_has_its_chart_and_its_projects_the_most_wanted_first(
    world: World, admin: Browser
) -> None:
    assert "nobody asked for one" in page(admin.get("/admin/demand")).text
    few, many = world.project(limit=0), world.project()
    world.execute("UPDATE project SET plan_code = :code", code=few.plan_code)
    refuse(world, few, 1)
    refuse(world, many, 3)
    found = page(admin.get("/admin/demand"))
    assert found.the("desc").text.startswith("4 refused starts and 0 requests in 12 weeks.")
    (table,) = [each for each in found.every("table") if "Project" in each.text]
    assert [row.text for row in table.the("tbody").every("tr")] == [
        f"{many.name} 3 0",
        f"{few.name} 1 0",
    ]
    of_one = page(admin.get(f"/admin/demand?project={few.key}"))
    assert of_one.the("desc").text.startswith("1 refused start and")
    assert few.name in of_one.the("h1").text


def test_all_that_was_counted_is_a_file_for_spreadsheets(world: World, admin: Browser) -> None:
    project = world.project(limit=0)
    refuse(world, project, 2)
    answer = admin.get("/admin/demand/demand.csv")
    assert answer.mimetype == "text/csv"
    (row,) = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert (row["project_key"], row["refusals"], row["requests"]) == (project.key, "2", "0")
