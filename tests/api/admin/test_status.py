"""POST /api/admin/experiments/{id}/status, by key and by browser."""

from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from app.models import Door, Status
from tests.api.asking import CALLERS, in_browser, in_the_contract, names_path, with_key
from tests.conftest import on_both_databases
from tests.world import World

pytestmark = on_both_databases

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
INVALID, NOT_RUNNING = "INVALID_TRANSITION", "EXPERIMENT_NOT_RUNNING"
ARCHIVE, RESTART = "EXPERIMENT_RUNNING_ARCHIVE", "EXPERIMENT_ARCHIVED_RESTART"
LEADS = "An experiment does not go from {} to {} here."
ALREADY = "It is {} already."
ONLY_RUNNING = "Only a running experiment is stopped; this one is {}."
STOP_FIRST = "A running experiment {}; stop it first."
STAYS = "An archived experiment stays archived; clone it to go on."
CLONE_INSTEAD = "An archived experiment is never started again; clone it instead."


class Row(NamedTuple):
    """A row of the matrix; `code` and `detail` are a refusal's, `written` the history rows."""

    origin: Status
    wanted: str
    status: int
    code: str | None
    detail: str | None
    afterwards: Status
    written: int


MATRIX = [
    Row(DRAFT, "draft", 409, INVALID, ALREADY.format("draft"), DRAFT, 0),
    Row(DRAFT, "running", 200, None, None, RUNNING, 1),
    Row(DRAFT, "stopped", 409, NOT_RUNNING, ONLY_RUNNING.format("draft"), DRAFT, 0),
    Row(DRAFT, "archived", 200, None, None, ARCHIVED, 1),
    Row(RUNNING, "draft", 409, INVALID, STOP_FIRST.format("does not go back to draft"), RUNNING, 0),
    Row(RUNNING, "running", 409, INVALID, ALREADY.format("running"), RUNNING, 0),
    Row(RUNNING, "stopped", 200, None, None, STOPPED, 1),
    Row(RUNNING, "archived", 409, ARCHIVE, STOP_FIRST.format("is not archived"), RUNNING, 0),
    Row(STOPPED, "draft", 409, INVALID, LEADS.format("stopped", "draft"), STOPPED, 0),
    Row(STOPPED, "running", 409, INVALID, LEADS.format("stopped", "running"), STOPPED, 0),
    Row(STOPPED, "stopped", 409, NOT_RUNNING, ALREADY.format("stopped"), STOPPED, 0),
    Row(STOPPED, "archived", 200, None, None, ARCHIVED, 1),
    Row(ARCHIVED, "draft", 409, INVALID, STAYS, ARCHIVED, 0),
    Row(ARCHIVED, "running", 409, RESTART, CLONE_INSTEAD, ARCHIVED, 0),
    Row(ARCHIVED, "stopped", 409, NOT_RUNNING, STAYS, ARCHIVED, 0),
    Row(ARCHIVED, "archived", 409, INVALID, STAYS, ARCHIVED, 0),
]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.origin}-to-{row.wanted}")
def test_the_matrix(world: World, caller: str, row: Row) -> None:
    project = world.project()
    experiment = world.experiment(project, row.origin)
    before = world.history(experiment)
    ask = CALLERS[caller](world, project)
    answer = ask("POST", names_path(experiment), {"status": row.wanted})
    refused = {"error": "Illegal transition", "code": row.code, "detail": row.detail}
    done = {"id": experiment.public_id, "status": row.wanted}
    assert (answer.status_code, in_the_contract(answer)) == (
        row.status,
        refused if row.code else done,
    )
    assert world.reload(experiment).status is row.afterwards
    door = Door.NAMES if caller == "key" else Door.BROWSER
    change = (row.origin, row.afterwards, door)
    assert world.history(experiment) == [*before, *([change] * row.written)]


def test_the_answer_is_the_contracts_example_to_the_letter(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    answer = with_key(world, project)("POST", names_path(experiment), {"status": "running"})
    expected = f'{{"id":"{experiment.public_id}","status":"running"}}'
    assert answer.get_data(as_text=True).strip() == expected
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("caller", CALLERS)
def test_at_the_plans_limit_a_start_is_429_without_a_time_to_retry(
    world: World, caller: str
) -> None:
    project = world.project(limit=2)
    experiment = world.experiment(project)
    world.running(project, 2)
    answer = CALLERS[caller](world, project)("POST", names_path(experiment), {"status": "running"})
    detail = (
        f"The Plan {project.plan_code} plan runs 2 experiments at once in this project,"
        " and 2 are running."
    )
    expected = {"error": "Plan limit reached", "code": "PLAN_LIMIT", "detail": detail}
    assert (answer.status_code, in_the_contract(answer)) == (429, expected)
    assert "Retry-After" not in answer.headers
    assert world.history(experiment) == []


@pytest.mark.parametrize("target", ["stopped", "archived"])
def test_the_limit_is_not_looked_at_on_the_way_out_of_running(world: World, target: str) -> None:
    project = world.project(limit=2)
    origin = RUNNING if target == "stopped" else STOPPED
    experiment = world.experiment(project, origin)
    world.set_limit(project, 0)
    answer = with_key(world, project)("POST", names_path(experiment), {"status": target})
    assert answer.json == {"id": experiment.public_id, "status": target}


def test_history_names_the_key_and_the_door(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    with_key(world, project)("POST", names_path(experiment), {"status": "archived"})
    key_id = world.execute("SELECT id FROM api_key")[0].id
    rows = world.execute("SELECT door, user_id, api_key_id FROM history WHERE kind = 'changed'")
    assert rows == [("api", None, key_id)]


def test_history_names_the_person_and_the_browser(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    in_browser(world, project)("POST", names_path(experiment), {"status": "archived"})
    user_id = world.execute("SELECT id FROM user_account")[0].id
    rows = world.execute("SELECT door, user_id, api_key_id FROM history WHERE kind = 'changed'")
    assert rows == [("browser", user_id, None)]


def test_any_content_type_is_taken_for_json(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = names_path(world.experiment(project))
    headers = {"X-SDK-Key": world.key(project), "Content-Type": "text/plain"}
    assert client.post(path, data=b'{"status": "running"}', headers=headers).status_code == 200


def test_a_change_tells_the_page_to_fetch_its_experiments_again(world: World) -> None:
    project = world.project()
    answer = in_browser(world, project)(
        "POST", names_path(world.experiment(project)), {"status": "archived"}
    )
    assert answer.headers["HX-Trigger"] == "experiments-changed"
