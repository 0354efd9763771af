"""PATCH /v2/project/{project_key}/experiment/{test_id}/status, by key and by browser."""

from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from app.models import Door, Status
from tests.api.asking import CALLERS, in_browser, in_the_contract, integers_path, with_key
from tests.conftest import on_both_databases
from tests.world import World

pytestmark = on_both_databases

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
NOT_FOUND = "Experiment not found."
NOT_FROM_RUNNING = (
    "A running experiment does not go back to draft; stop it first."
    " This status is only valid from inactive (0)."
)


class Row(NamedTuple):
    """A row of the matrix; `error` is the sentence of a refusal, `written` the history rows."""

    origin: Status
    wanted: int
    code: int
    error: str | None
    afterwards: Status
    written: int


MATRIX = [
    Row(DRAFT, 1, 200, None, RUNNING, 1),
    Row(DRAFT, 0, 200, None, STOPPED, 1),
    Row(DRAFT, 9, 200, None, DRAFT, 0),
    Row(RUNNING, 1, 200, None, RUNNING, 0),
    Row(RUNNING, 0, 200, None, STOPPED, 1),
    Row(RUNNING, 9, 400, NOT_FROM_RUNNING, RUNNING, 0),
    Row(STOPPED, 1, 200, None, RUNNING, 1),
    Row(STOPPED, 0, 200, None, STOPPED, 0),
    Row(STOPPED, 9, 200, None, DRAFT, 1),
    Row(ARCHIVED, 1, 404, NOT_FOUND, ARCHIVED, 0),
    Row(ARCHIVED, 0, 404, NOT_FOUND, ARCHIVED, 0),
    Row(ARCHIVED, 9, 404, NOT_FOUND, ARCHIVED, 0),
]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.origin}-to-{row.wanted}")
def test_the_matrix(world: World, caller: str, row: Row) -> None:
    project = world.project()
    experiment = world.experiment(project, row.origin)
    before = world.history(experiment)
    ask = CALLERS[caller](world, project)
    answer = ask("PATCH", integers_path(project, experiment), {"status": row.wanted})
    done = {"success": True, "test_id": experiment.test_id, "status": row.wanted}
    expected = {"error": row.error} if row.error else done
    assert (answer.status_code, in_the_contract(answer)) == (row.code, expected)
    assert world.reload(experiment).status is row.afterwards
    door = Door.INTEGERS if caller == "key" else Door.BROWSER
    change = (row.origin, row.afterwards, door)
    assert world.history(experiment) == [*before, *([change] * row.written)]


def test_the_answer_is_the_contracts_example_to_the_letter(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    ask = with_key(world, project)
    answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    expected = f'{{"success":true,"test_id":{experiment.test_id},"status":1}}'
    assert answer.get_data(as_text=True).strip() == expected
    assert answer.content_type == "application/json"


def test_members_of_the_body_that_the_contract_does_not_name_are_not_looked_at(
    world: World,
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    body = {"status": 1, "note": None, "force": True}
    answer = with_key(world, project)("PATCH", integers_path(project, experiment), body)
    assert answer.status_code == 200


def test_any_content_type_is_taken_for_json(world: World, client: FlaskClient) -> None:
    project = world.project()
    path = integers_path(project, world.experiment(project))
    headers = {"x-api-key": world.key(project), "Content-Type": "text/plain"}
    assert client.patch(path, data=b'{"status": 1}', headers=headers).status_code == 200


@pytest.mark.parametrize("origin", [DRAFT, STOPPED])
@pytest.mark.parametrize("caller", CALLERS)
def test_at_the_plans_limit_a_start_is_403_and_changes_nothing(
    world: World, caller: str, origin: Status
) -> None:
    project = world.project(limit=2)
    experiment = world.experiment(project, origin)
    world.running(project, 2)
    before = world.history(experiment)
    ask = CALLERS[caller](world, project)
    answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    sentence = (
        f"Plan limit: The Plan {project.plan_code} plan runs 2 experiments at once"
        " in this project, and 2 are running."
    )
    assert (answer.status_code, in_the_contract(answer)) == (403, {"error": sentence})
    assert "Retry-After" not in answer.headers
    assert world.reload(experiment).status is origin
    assert world.history(experiment) == before


@pytest.mark.parametrize("limit", [2, 1, 0])
def test_a_live_experiment_stays_live_without_a_look_at_the_limit(world: World, limit: int) -> None:
    project = world.project(limit=2)
    experiment, _ = world.running(project, 2)
    world.set_limit(project, limit)
    ask = with_key(world, project)
    answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    assert answer.json == {"success": True, "test_id": experiment.test_id, "status": 1}
    assert len(world.history(experiment)) == 1


@pytest.mark.parametrize(("origin", "status"), [(RUNNING, 1), (STOPPED, 0), (DRAFT, 9)])
def test_already_there_leaves_every_column_and_the_projects_version_alone(
    world: World, origin: Status, status: int
) -> None:
    project = world.project()
    experiment = world.experiment(project, origin)
    ask = with_key(world, project)
    rows = "SELECT e.*, p.version FROM experiment e JOIN project p ON p.id = e.project_id"
    before = world.execute(rows)
    ask("PATCH", integers_path(project, experiment), {"status": status})
    assert world.execute(rows) == before


def test_history_names_the_key_that_made_the_change(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    with_key(world, project)("PATCH", integers_path(project, experiment), {"status": 1})
    key_id = world.execute("SELECT id FROM api_key")[0].id
    rows = world.execute("SELECT door, user_id, api_key_id FROM history WHERE kind = 'changed'")
    assert rows == [("v2", None, key_id)]


def test_history_names_the_person_that_made_the_change(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    in_browser(world, project)("PATCH", integers_path(project, experiment), {"status": 1})
    user_id = world.execute("SELECT id FROM user_account")[0].id
    rows = world.execute("SELECT door, user_id, api_key_id FROM history WHERE kind = 'changed'")
    assert rows == [("browser", user_id, None)]


def test_a_change_tells_the_page_to_fetch_its_experiments_again(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    ask = in_browser(world, project)
    answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    assert answer.headers["HX-Trigger"] == "experiments-changed"
