"""What is said of a body or a query that cannot be used: the place, plainly, and what was meant."""

import pytest

from tests.api.asking import with_key
from tests.world import World

API = "/api/admin/experiments"


@pytest.mark.parametrize(
    ("method", "path", "body", "detail"),
    [
        (
            "PUT",
            f"{API}/<id>/schedule",
            {"stops_at": None},
            "There is no member stops_at here. Did you mean stop_at?",
        ),
        (
            "POST",
            f"{API}/bulk",
            {"ids": [], "status": "running", "dryrun": True},
            "There is no member dryrun here. Did you mean dry_run?",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"variants": [{"key": "control", "wieght": 5000}]},
            "variants.0.weight: is missing.",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"variants": [{"key": "control", "weight": 5000, "Name": "A"}]},
            "There is no member variants.0.Name here. Did you mean name?",
        ),
        (
            "PATCH",
            f"{API}/<id>",
            {"traffic_allocation": "all"},
            "traffic_allocation: has to be a number.",
        ),
        ("PATCH", f"{API}/<id>", {"variants": "two"}, "variants: has to be a list."),
        (
            "POST",
            f"{API}/<id>/status",
            {"status": "live"},
            "status: has to be one of draft, running, stopped, archived.",
        ),
        ("POST", API, [], "body: has to be an object."),
        ("POST", API, {"name": 1}, "name: has to be a text."),
        ("GET", f"{API}?lmit=2", None, "There is no parameter lmit here. Did you mean limit?"),
        ("GET", f"{API}?xyz=2", None, "There is no parameter xyz here."),
        ("GET", f"{API}?limit=2&limit=3", None, "limit is given more than once."),
        ("GET", f"{API}?limit=2.0", None, "limit is a whole number from 1 to 200."),
    ],
)
def test_it_names_the_place_and_what_may_have_been_meant(
    world: World, method: str, path: str, body: object, detail: str
) -> None:
    project = world.project()
    path = path.replace("<id>", world.experiment(project).public_id)
    answer = with_key(world, project)(method, path, body)
    assert (answer.status_code, answer.json) == (
        422,
        {"error": "Invalid value", "code": "VALIDATION", "detail": detail},
    )


@pytest.mark.parametrize("member", ["variants", "configuration", "primary_goal", "targeting"])
@pytest.mark.parametrize("status", [0, 1])
def test_what_says_who_sees_what_is_never_dropped_from_what_goes_live(
    world: World, member: str, status: int
) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/create-experiment"
    body = {"test_name": "Banner", "url": "", member: [{}]}
    ask = with_key(world, project)
    answer = ask("POST", path, {**body, "status": status})
    said = f"Create it as a draft (9): {member} would not be heeded."
    assert (answer.status_code, answer.json) == (400, {"error": said})
    assert world.execute("SELECT * FROM experiment") == []
    assert ask("POST", path, body).status_code == 200
