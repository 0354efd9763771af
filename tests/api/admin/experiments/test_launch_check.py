"""The launch check by API: the whole list, without starting anything."""

from app.experiments.designs import Design
from app.models import Role, Status
from tests.world import World


def test_the_whole_list_is_read_without_starting(world: World) -> None:
    project = world.project(connected=True)
    experiment = world.experiment(project)
    world.redesign(experiment, Design(traffic_allocation=0))
    viewer = world.browser(world.member(project, Role.VIEWER))
    answer = viewer.get(f"/api/admin/experiments/{experiment.public_id}/launch-check")
    assert answer.status_code == 200
    assert isinstance(answer.json, dict)
    assert answer.json["id"] == experiment.public_id
    assert [(each["code"], each["state"], each["mend"]) for each in answer.json["checks"]] == [
        ("visitors", "never", "design"),
        ("goal", "missing", "design"),
        ("key", "passed", None),
        ("audience", "passed", None),
        ("script", "unknown", "install"),
        ("duration", "unknown", "design"),
        ("page", "unknown", "experiment"),
        ("stop", "missing", "schedule"),
    ]
    assert all(each["detail"].endswith(".") for each in answer.json["checks"])
    assert all("others" not in each for each in answer.json["checks"])
    assert world.reload(experiment).status is Status.DRAFT


def test_the_others_on_the_page_are_named(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    made = []
    for name in ("Banner", "Other"):
        body = {"name": name, "url": "https://shop.example/"}
        made.append(browser.call("POST", "/api/admin/experiments", body, X_Project_Id=project.key))
    draft, live = (str((each.json or {})["id"]) for each in made)
    browser.call("POST", f"/api/admin/experiments/{live}/status", {"status": "running"})
    answer = browser.get(f"/api/admin/experiments/{draft}/launch-check").json
    assert isinstance(answer, dict)
    (page,) = [each for each in answer["checks"] if each["code"] == "page"]
    assert page["others"] == [{"id": live, "name": "Other"}]
