"""Key, project, experiment, body, edge, limit: of two mistakes the earlier one answers."""

import pytest
from flask.testing import FlaskClient

from app.models import Role, Status
from tests.api.asking import integers_path, names_path, with_key
from tests.world import World

UNKNOWN = "999999"
BAD_JSON = b"{"


def test_v2_looks_at_the_key_before_the_project(client: FlaskClient) -> None:
    headers = {"x-api-key": "sdk_admin_wrong"}
    answer = client.patch("/v2/project/none/experiment/1/status", headers=headers)
    assert answer.status_code == 401


def test_v2_looks_at_the_key_before_the_body(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = integers_path(project, world.experiment(project))
    assert client.patch(path, data=BAD_JSON).status_code == 401


def test_v2_looks_at_the_key_before_the_length_of_the_body(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    path = integers_path(project, world.experiment(project))
    answer = client.patch(path, data=b"x" * 70_000, headers={"x-api-key": "wrong"})
    assert answer.status_code == 401


def test_v2_looks_at_the_project_before_the_experiment(world: World, client: FlaskClient) -> None:
    project, other = world.project(), world.project()
    path = f"/v2/project/{other.key}/experiment/{UNKNOWN}/status"
    answer = client.patch(path, json={"status": 1}, headers={"x-api-key": world.key(project)})
    assert answer.status_code == 401


def test_v2_looks_at_the_role_before_the_experiment(world: World) -> None:
    project = world.project()
    viewer = world.browser(world.member(project, Role.VIEWER))
    path = f"/v2/project/{project.key}/experiment/{UNKNOWN}/status"
    assert viewer.call("PATCH", path, {"status": 1}).status_code == 403


def test_v2_looks_at_the_experiment_before_the_body(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/experiment/{UNKNOWN}/status"
    answer = client.patch(path, data=BAD_JSON, headers={"x-api-key": world.key(project)})
    assert answer.status_code == 404


def test_v2_says_that_an_archived_experiment_is_unknown_before_it_reads_the_body(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    path = integers_path(project, world.experiment(project, Status.ARCHIVED))
    answer = client.patch(path, data=BAD_JSON, headers={"x-api-key": world.key(project)})
    assert answer.status_code == 404


def test_v2_looks_at_the_body_before_the_edge(world: World) -> None:
    project = world.project()
    running = world.experiment(project, Status.RUNNING)
    answer = with_key(world, project)("PATCH", integers_path(project, running), {"status": 7})
    assert answer.json == {"error": "Invalid status value: must be 0, 1, or 9."}


def test_v2_looks_at_the_body_before_the_limit(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    answer = with_key(world, project)("PATCH", integers_path(project, draft), {"status": "1"})
    assert answer.status_code == 400


def test_admin_looks_at_the_key_before_the_project(world: World, client: FlaskClient) -> None:
    headers = {"X-SDK-Key": "sdk_admin_wrong", "X-Project-Id": "none"}
    path = names_path(world.experiment(world.project()))
    assert client.post(path, headers=headers).status_code == 401


def test_admin_looks_at_the_project_before_the_experiment(
    world: World, client: FlaskClient
) -> None:
    project, other = world.project(), world.project()
    headers = {"X-SDK-Key": world.key(project), "X-Project-Id": other.key}
    answer = client.post("/api/admin/experiments/exp_none/status", headers=headers)
    assert answer.status_code == 403


def test_admin_looks_at_the_experiment_before_the_body(world: World, client: FlaskClient) -> None:
    headers = {"X-SDK-Key": world.key(world.project())}
    path = "/api/admin/experiments/exp_none/status"
    assert client.post(path, data=BAD_JSON, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [(BAD_JSON, 400), (b'{"status": "live"}', 422)], ids=["json", "value"]
)
def test_admin_looks_at_the_body_before_the_edge(
    world: World, client: FlaskClient, body: bytes, status: int
) -> None:
    project = world.project()
    archived = world.experiment(project, Status.ARCHIVED)
    headers = {"X-SDK-Key": world.key(project)}
    assert client.post(names_path(archived), data=body, headers=headers).status_code == status


def test_admin_looks_at_the_edge_before_the_limit(world: World) -> None:
    project = world.project(limit=1)
    stopped = world.experiment(project, Status.STOPPED)
    world.running(project, 1)
    answer = with_key(world, project)("POST", names_path(stopped), {"status": "running"})
    assert answer.status_code == 409


def test_admin_looks_at_the_body_before_the_limit(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    answer = with_key(world, project)("POST", names_path(draft), {"status": True})
    assert answer.status_code == 422
