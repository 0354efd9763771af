"""Deleting an experiment under /v2: it is archived, and paused first where it is live."""

import pytest
from werkzeug.test import TestResponse

from app.models import Door, Experiment, Project, Role, Status
from tests.api.asking import CALLERS, with_key
from tests.conftest import on_both_databases
from tests.world import World

GONE = {"error": "Experiment not found."}


def path_of(project: Project, experiment: Experiment, rest: str = "") -> str:
    return f"/v2/project/{project.key}/experiment/{experiment.test_id}{rest}"


def delete(
    world: World, project: Project, experiment: Experiment, query: str = "", **headers: str
) -> TestResponse:
    sent = {"Authorization": f"Bearer {world.key(project)}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    client = world.app.test_client(use_cookies=False)
    return client.delete(path_of(project, experiment, query), headers=sent)


@on_both_databases
@pytest.mark.parametrize(
    ("status", "was_live"),
    [(Status.DRAFT, False), (Status.STOPPED, False), (Status.RUNNING, True)],
)
def test_a_deleted_experiment_is_gone_and_kept(
    world: World, status: Status, *, was_live: bool
) -> None:
    project = world.project()
    experiment = world.experiment(project, status, "Banner")
    answer = delete(world, project, experiment)
    assert (answer.status_code, answer.json) == (
        200,
        {
            "success": True,
            "test_id": experiment.test_id,
            "test_name": "Banner",
            "deleted": True,
            "was_live": was_live,
            "message": "Experiment deleted.",
        },
    )
    assert answer.headers["History-Entry"] == str(world.entries(experiment)[-1].id)
    assert world.reload(experiment).status is Status.ARCHIVED
    again = delete(world, project, experiment)
    assert (again.status_code, again.json) == (404, GONE)


@pytest.mark.parametrize("caller", CALLERS)
def test_history_says_by_which_door(world: World, caller: str) -> None:
    project = world.project()
    experiment = world.experiment(project)
    ask = CALLERS[caller](world, project)
    assert ask("DELETE", path_of(project, experiment), {}).status_code == 200
    (_, _, door) = world.history(experiment)[-1]
    assert door is (Door.BROWSER if caller == "browser" else Door.INTEGERS)


@on_both_databases
def test_sent_again_with_its_key_it_is_answered_as_at_first(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    token = {"Authorization": f"Bearer {world.key(project)}", "Idempotency-Key": "order-66"}
    client = world.app.test_client(use_cookies=False)
    first, again = (client.delete(path_of(project, experiment), headers=token) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert len(world.history(experiment)) == 3


def test_a_dry_run_tells_both_steps_and_who_would_get_the_slot(world: World) -> None:
    project = world.project(limit=1)
    (live,) = world.running(project, 1)
    world.queued(project, 1)
    answer = delete(world, project, live, "?dry_run=true").json or {}
    assert (answer["deleted"], answer["was_live"], answer["dry_run"]) == (True, True, True)
    changes = [(each["from"], each["to"]) for each in answer["history"]]
    assert changes == [("running", "stopped"), ("stopped", "archived"), ("draft", "running")]
    assert world.reload(live).status is Status.RUNNING


def test_what_has_changed_meanwhile_is_not_deleted(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    answer = delete(world, project, experiment, If_Match='"v1"')
    assert answer.status_code == 412
    assert world.reload(experiment).status is Status.RUNNING
    answer = delete(world, project, experiment, If_Match=f'"v{experiment.version}"')
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"v{world.reload(experiment).version}"'


def test_a_viewer_and_another_projects_caller_delete_nothing(world: World) -> None:
    project, other = world.project(), world.project()
    experiment = world.experiment(project)
    viewer = world.browser(world.member(project, Role.VIEWER))
    assert viewer.call("DELETE", path_of(project, experiment), {}).status_code == 403
    stranger = with_key(world, other)
    assert stranger("DELETE", path_of(project, experiment), {}).status_code == 401
    assert stranger("DELETE", path_of(other, experiment), {}).status_code == 404
    assert world.reload(experiment).status is Status.DRAFT
