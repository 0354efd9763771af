"""`serve-winner` and `stop-serving`, as clients of the contract of integers send them."""

from typing import Any

import pytest

from app.models import Experiment, Project, Status
from tests.api.asking import Ask, with_key
from tests.world import World


def path(project: Project, experiment: Experiment, end: str) -> str:
    """Return where something is done with an experiment."""
    return f"/v2/project/{project.key}/experiment/{experiment.test_id}{end}"


def begun(world: World, status: Status = Status.RUNNING) -> tuple[Project, Experiment, Ask]:
    """A project with an experiment of a status, and a program that may change it."""
    project = world.project()
    return project, world.experiment(project, status), with_key(world, project)


@pytest.mark.parametrize("named", [1, "1"])
@pytest.mark.parametrize("status", [Status.RUNNING, Status.STOPPED])
def test_a_winner_is_served_by_its_place_in_the_result(
    world: World, status: Status, named: object
) -> None:
    project, experiment, ask = begun(world, status)
    answer = ask("POST", path(project, experiment, "/serve-winner"), {"variant_id": named})
    assert answer.json == {
        "success": True,
        "test_id": experiment.test_id,
        "serving_variant_id": 1,
        "serving_variant_key": "treatment",
        "serving_variant_name": "Treatment",
        "traffic_allocation": 100,
        "is_serving": True,
    }
    assert world.reload(experiment).is_shipped
    shown: Any = ask("GET", path(project, experiment, ""), None).json
    listed: Any = ask("GET", f"/v2/project/{project.key}/experiments", None).json
    result: Any = ask("GET", path(project, experiment, "/result"), None).json
    for each in (shown["experiment"], listed["experiments"][0]):
        assert (each["serving_variant_id"], each["serving_variant_key"]) == (1, "treatment")
    # The same variant has two numbers, which clients know, and one key.
    numbers = [
        [each["variant_id"] for each in found["variants"] if each["key"] == "treatment"]
        for found in (shown["experiment"], result)
    ]
    assert numbers == [[2], ["1"]]
    assert (result["is_serving"], result["status_code"]) == (True, 0)


def test_what_is_served_is_served_no_more_and_a_second_time_changes_nothing(world: World) -> None:
    project, experiment, ask = begun(world)
    ask("POST", path(project, experiment, "/serve-winner"), {"variant_id": 1})
    for _ in range(2):
        answer = ask("POST", path(project, experiment, "/stop-serving"), None)
        told = {"success": True, "test_id": experiment.test_id, "is_serving": False}
        assert (answer.status_code, answer.json) == (200, told)
    assert not world.reload(experiment).is_shipped
    shown: Any = ask("GET", path(project, experiment, ""), None).json
    assert "serving_variant_id" not in shown["experiment"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"variant_id": 2},
        {"variant_id": True},
        {"variant_id": -1},
        {"variant_id": "treatment"},
        {"variant_id": 1, "traffic_allocation": 50},
    ],
)
def test_what_cannot_be_served_is_a_bad_request(world: World, body: dict[str, object]) -> None:
    project, experiment, ask = begun(world)
    answer = ask("POST", path(project, experiment, "/serve-winner"), body)
    assert answer.status_code == 400
    assert world.reload(experiment).status is Status.RUNNING


@pytest.mark.parametrize(("status", "answer"), [(Status.DRAFT, 400), (Status.ARCHIVED, 404)])
def test_nothing_is_served_of_a_draft_and_an_archived_one_is_not_known(
    world: World, status: Status, answer: int
) -> None:
    project, experiment, ask = begun(world, status)
    body = {"variant_id": 1}
    assert ask("POST", path(project, experiment, "/serve-winner"), body).status_code == answer
