"""The list of experiments across projects, as the page shows it."""

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
