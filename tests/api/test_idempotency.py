"""A change that is sent again because its answer was lost: done once, and answered as at first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.models import Project, Status, now
from tests.api.asking import integers_path
from tests.conftest import on_both_databases
from tests.world import World

KEY = "Idempotency-Key"


def post(
    world: World, path: str, body: object, token: str, name: str = KEY, value: str = "order 66"
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}", name: value}
    return world.app.test_client(use_cookies=False).post(path, json=body, headers=headers)


def creating(project: Project) -> str:
    return f"/v2/project/{project.key}/create-experiment"


def live(world: World) -> int:
    return len(world.execute("SELECT 1 FROM experiment WHERE status = 'running'"))


LIVE = {"test_name": "Banner", "url": "", "status": 1}


@on_both_databases
def test_a_retried_creation_as_live_takes_one_slot_however_many_arrive_at_once(
    world: World,
) -> None:
    project = world.project(limit=2)
    token, clients = world.key(project), 8
    together = threading.Barrier(clients)

    def send(_number: int) -> tuple[int, object]:
        together.wait(30)
        answer = post(world, creating(project), LIVE, token)
        return answer.status_code, answer.json

    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(send, range(clients)))
    assert [status for status, _ in answers] == [200] * clients
    assert len({str(body) for _, body in answers}) == 1
    assert live(world) == 1


@pytest.mark.parametrize("sent", ["x-idempotency-key", "idempotency_key"])
def test_the_first_contract_gives_the_first_answer_to_its_own_header_and_member(
    world: World, sent: str
) -> None:
    project = world.project()
    token, path = world.key(project), creating(project)
    body = {**LIVE, "idempotency_key": "mine"} if sent == "idempotency_key" else LIVE
    header = "X-Other" if sent == "idempotency_key" else sent
    first, again = (post(world, path, body, token, header, "mine") for _ in range(2))
    other = post(world, path, {**body, "test_name": "Other"}, token, header, "mine")
    assert first.data == again.data == other.data
    assert [each["code"] for each in (first.json or {})["warnings"]] == ["no_goal"]
    assert live(world) == 1


@pytest.mark.parametrize(
    ("name", "value", "member"),
    [("x-idempotency-key", "x" * 256, "mine"), (KEY, "mine", "x" * 256)],
)
def test_a_key_that_cannot_be_kept_is_refused_beside_one_that_can(
    world: World, name: str, value: str, member: str
) -> None:
    project = world.project()
    body = {**LIVE, "idempotency_key": member}
    answer = post(world, creating(project), body, world.key(project), name, value)
    assert (answer.status_code, live(world)) == (400, 0)


def test_the_first_contracts_own_header_is_of_creations_alone(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    headers = {"x-api-key": world.key(project), "x-idempotency-key": "always the same"}
    client = world.app.test_client(use_cookies=False)
    path = integers_path(project, experiment)
    for status in (1, 0, 1):
        answer = client.patch(path, json={"status": status}, headers=headers)
        assert (answer.status_code, (answer.json or {})["status"]) == (200, status)
    assert len(world.entries(experiment)) == 3


def test_a_key_that_was_sent_with_another_request_is_refused(world: World) -> None:
    project = world.project()
    token = world.key(project)
    path, body = "/api/admin/experiments", {"name": "Banner"}
    assert post(world, path, body, token).status_code == 201
    for other in (
        post(world, path, {"name": "Other"}, token),
        post(world, "/api/admin/goals", body, token),
    ):
        assert (other.status_code, (other.json or {})["code"]) == (422, "VALIDATION")
    refused = post(world, creating(project), LIVE, token)
    assert (refused.status_code, list(refused.json or {})) == (422, ["error"])
    assert [row.name for row in world.execute("SELECT name FROM experiment")] == ["Banner"]
    assert world.execute("SELECT * FROM goal") == []


def test_a_key_belongs_to_who_sent_it(world: World) -> None:
    project = world.project()
    for token in (world.key(project), world.key(project)):
        answer = post(world, creating(project), LIVE, token)
        assert "Idempotency-Replayed" not in answer.headers
    assert live(world) == 2


def test_a_change_of_many_that_came_to_nothing_is_asked_anew(world: World) -> None:
    project = world.project(limit=1)
    (holder,) = world.running(project, 1)
    draft, token = world.experiment(project), world.key(project)
    path, body = "/api/admin/experiments/bulk", {"ids": [draft.public_id], "status": "running"}
    assert post(world, path, body, token).status_code == 409
    stop = f"/api/admin/experiments/{holder.public_id}/status"
    assert post(world, stop, {"status": "stopped"}, token, value="stop").status_code == 200
    assert post(world, path, body, token).status_code == 200
    assert world.reload(draft).status is Status.RUNNING


@on_both_databases
def test_what_was_refused_is_asked_anew(world: World) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING)
    waiting = world.experiment(project)
    token = world.key(project)
    path = f"/api/admin/experiments/{waiting.public_id}/status"
    assert post(world, path, {"status": "running"}, token).status_code == 429
    stop = f"/api/admin/experiments/{holder.public_id}/status"
    assert post(world, stop, {"status": "stopped"}, token, value="stop").status_code == 200
    started = [post(world, path, {"status": "running"}, token) for _ in range(2)]
    assert [answer.status_code for answer in started] == [200, 200]
    refused = "SELECT times FROM history WHERE kind = 'refused'"
    assert [row.times for row in world.execute(refused)] == [1]


def test_a_token_is_never_kept_to_be_shown_again(world: World) -> None:
    project = world.project()
    token = world.key(project)
    first, again = (
        post(world, "/api/admin/keys", {"type": "server"}, token).json or {} for _ in range(2)
    )
    assert first["key"]
    assert first["key"] not in str(world.execute("SELECT * FROM answered_request"))
    said = (
        "The token was in the first answer, and is kept nowhere. Revoke this key and mint another."
    )
    assert again == {**first, "key": None, "detail": said}


@pytest.mark.parametrize("value", ["", " ", "x" * 256, "caf\u00e9\u200b"])
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_no_key_at_all_is_refused_and_changes_nothing(world: World, query: str, value: str) -> None:
    project = world.project()
    address = f"{creating(project)}{query}"
    answer = post(world, address, LIVE, world.key(project), value=value)
    said = "Idempotency-Key has 1 to 255 visible characters."
    assert (answer.status_code, answer.json) == (400, {"error": said})
    assert live(world) == 0


def test_after_a_day_a_key_is_new(world: World) -> None:
    project = world.project()
    token = world.key(project)
    post(world, creating(project), LIVE, token)
    world.execute("UPDATE answered_request SET at = :then", then=now() - timedelta(hours=25))
    answer = post(world, creating(project), LIVE, token)
    assert "Idempotency-Replayed" not in answer.headers
    assert live(world) == 2


@on_both_databases
def test_a_change_that_fails_half_way_leaves_nothing_and_is_asked_anew(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    headers = {"x-api-key": world.key(project), "Idempotency-Key": "one"}
    client = world.app.test_client(use_cookies=False)

    def pause() -> TestResponse:
        return client.patch(integers_path(project, experiment), json={"status": 0}, headers=headers)

    before = world.execute("SELECT status, version FROM experiment")
    # No count is below nothing: the database refuses it when the change itself is written.
    world.execute("UPDATE project SET running_count = 0")
    assert pause().status_code == 409
    world.execute("UPDATE project SET running_count = 1")
    assert world.execute("SELECT status, version FROM experiment") == before
    assert world.execute("SELECT count(*) FROM answered_request") == [(0,)]
    assert [entry.kind for entry in world.entries(experiment)] == ["changed"]
    again = pause()
    assert (again.status_code, "Idempotency-Replayed" in again.headers) == (200, False)
    assert world.reload(experiment).status is Status.STOPPED
