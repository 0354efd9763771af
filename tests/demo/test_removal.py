"""The demo goes by one press or one command, and takes nothing else with it."""

import pytest

from app import jobs
from app.demo import setup
from app.models import now
from tests import command_line
from tests.conftest import on_both_databases
from tests.pages.reading import flashed, page
from tests.world import World

pytestmark = pytest.mark.long

DEMO_PROJECTS = [
    "demo-corner-shop",
    "demo-garden-centre",
    "demo-outdoor-shop",
    "demo-ski-school",
    "demo-travel-magazine",
]


@pytest.fixture
def demo(world: World) -> World:
    """A server with the demo, and with an admin, a project and an experiment of its own."""
    with world.app.app_context():
        setup.load()
    return world


def projects(world: World) -> list[str]:
    return [row.key for row in world.execute("SELECT key FROM project ORDER BY key")]


def who_sign_in(world: World) -> list[str]:
    rows = "SELECT email FROM user_account WHERE deactivated_at IS NULL ORDER BY email"
    return [row.email for row in world.execute(rows)]


@on_both_databases
def test_one_press_stops_the_demo_deactivates_its_people_and_the_jobs_erase_it(
    demo: World,
) -> None:
    admin, project = demo.user(admin=True), demo.project()
    kept = demo.experiment(project)
    own = demo.project()
    demo.execute("UPDATE project SET plan_code = 300 WHERE id = :id", id=own.id)
    browser = demo.browser(admin)
    assert "remove the demo" in page(browser.get("/admin/projects")).the("main").text
    asked = page(browser.get("/admin/demo")).the("main").text
    assert all(key in asked for key in DEMO_PROJECTS)
    assert "mia@demo.test" in asked
    told = browser.get(browser.submit("/admin/demo").headers["Location"])
    assert flashed(told) == [
        "The demo is removed: 5 people sign in no more, and 5 projects go while flask jobs runs."
    ]
    assert "remove the demo" not in page(told).the("main").text
    assert demo.execute("SELECT count(*) FROM experiment WHERE status = 'running'") == [(0,)]
    with demo.app.app_context():
        while len(projects(demo)) > 2:
            assert jobs.once(now()) == []
    assert projects(demo) == sorted([project.key, own.key])
    assert who_sign_in(demo) == [admin]
    assert demo.reload(kept).name == kept.name
    offered = demo.execute("SELECT code FROM plan WHERE retired_at IS NULL ORDER BY code")
    assert [row.code for row in offered] == [300, project.plan_code, own.plan_code]
    assert "There is no demo" in page(browser.get("/admin/demo")).the("main").text


def test_one_command_erases_all_of_it_at_once(demo: World) -> None:
    admin = demo.user(admin=True)
    printed = command_line.printed(demo, "demo-remove")
    assert sorted(printed["erased"]) == DEMO_PROJECTS
    assert len(printed["deactivated"]) == 5
    assert (projects(demo), who_sign_in(demo)) == ([], [admin])
    assert demo.execute("SELECT code FROM plan WHERE retired_at IS NULL") == []
    assert command_line.printed(demo, "demo-remove") == {"erased": [], "deactivated": []}


def test_the_demos_own_admin_cannot_leave_a_server_to_nobody(demo: World) -> None:
    assert "make an admin of your own first" in command_line.complaint(demo, "demo-remove")
    with demo.app.app_context():
        password = setup.sign_ins()["sign_ins"]["admin@demo.test"]
    browser = demo.browser()
    browser.sign_in("admin@demo.test", password)
    told = browser.get(browser.submit("/admin/demo").headers["Location"])
    assert "sign in as an admin of your own first" in page(told).the("main").text
    assert projects(demo) == DEMO_PROJECTS
