"""`dry_run=true`: the verdict and what would follow, by the same code, and nothing is written."""

from typing import Any

import pytest

from app.models import Status
from tests.api.asking import integers_path, names_path, with_key
from tests.conftest import MakeApp, on_both_databases
from tests.servers import METRICS_TOKEN
from tests.world import World

API = "/api/admin/experiments"


@on_both_databases
@pytest.mark.parametrize("contract", ["integers", "names"])
def test_a_tried_pause_says_who_would_take_the_slot(world: World, contract: str) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    (queued,) = world.queued(project, 1)
    ask = with_key(world, project)
    if contract == "integers":
        answer = ask("PATCH", f"{integers_path(project, running)}?dry_run=true", {"status": 0})
    else:
        answer = ask("POST", f"{names_path(running)}?dry_run=true", {"status": "stopped"})
    told: Any = answer.json
    followed = [(each["experiment"]["id"], each["to"]) for each in told["history"]]
    assert followed == [(running.public_id, "stopped"), (queued.public_id, "running")]
    assert told["dry_run"] is True
    assert "History-Entry" not in answer.headers
    assert (world.reload(running).status, world.line(project)) == (
        Status.RUNNING,
        [queued.test_id],
    )


@on_both_databases
def test_a_tried_start_is_refused_as_the_real_one_and_leaves_no_refusal(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    ask, path = with_key(world, project), names_path(draft)
    tried = ask("POST", f"{path}?dry_run=true", {"status": "running"})
    assert world.entries(draft) == []
    real = ask("POST", path, {"status": "running"})
    assert (tried.status_code, tried.json) == (real.status_code, real.json) == (429, real.json)


def test_a_tried_key_is_none_and_its_token_is_not_told(world: World) -> None:
    project = world.project()
    answer = with_key(world, project)("POST", "/api/admin/keys?dry_run=true", {"type": "server"})
    told: Any = answer.json
    assert (answer.status_code, told["key"], told["dry_run"]) == (201, None, True)
    assert "detail" not in told


def test_what_is_only_tried_is_not_counted(make_app: MakeApp) -> None:
    world = World(make_app(METRICS_TOKEN=METRICS_TOKEN))
    project = world.project(limit=1)
    first, second = world.experiment(project), world.experiment(project)
    ask, before = with_key(world, project), counted(world)
    assert (
        ask("POST", f"{names_path(first)}?dry_run=true", {"status": "running"}).status_code == 200
    )
    assert counted(world) == before
    assert ask("POST", names_path(first), {"status": "running"}).status_code == 200
    started = counted(world)
    assert started != before
    refused = ask("POST", f"{names_path(second)}?dry_run=true", {"status": "running"})
    assert refused.status_code == 429
    assert counted(world) == started


def counted(world: World) -> list[str]:
    """Return what operators see of changes and refusals."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    text = world.app.test_client(use_cookies=False).get("/metrics", headers=headers).text
    return [line for line in text.splitlines() if "_transitions_" in line or "_refusals_" in line]


def test_a_change_of_many_says_it_in_its_body_too(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    ask, body = with_key(world, project), {"ids": [running.public_id], "status": "stopped"}
    path = f"{API}/bulk"
    in_body = ask("POST", path, {**body, "dry_run": True})
    in_query = ask("POST", f"{path}?dry_run=true", body)
    for answer in (in_body, in_query):
        told: Any = answer.json
        assert (answer.status_code, told["dry_run"], len(told["history"])) == (200, True, 1)
    assert world.reload(running).status is Status.RUNNING


def test_what_everything_stopped_would_enter_is_told_whole(world: World) -> None:
    project = world.project(limit=None)
    world.running(project, 205)
    told: Any = with_key(world, project)("POST", f"{API}/stop-all?dry_run=true", {}).json
    kinds = [each["kind"] for each in told["history"]]
    assert (kinds.count("changed"), len(told["paused"])) == (205, 205)
    assert {"everything stopped", "queue held"} <= set(kinds)
    assert "history_is_cut" not in told


@pytest.mark.parametrize("value", ["1", "", "yes", "True"])
def test_what_is_neither_true_nor_false_is_refused_and_does_nothing(
    world: World, value: str
) -> None:
    project = world.project()
    draft = world.experiment(project)
    ask = with_key(world, project)
    paths = {
        f"{names_path(draft)}?dry_run={value}": ("POST", {"status": "running"}, 422),
        f"{integers_path(project, draft)}?dry_run={value}": ("PATCH", {"status": 1}, 400),
    }
    for path, (method, body, status) in paths.items():
        answer = ask(method, path, body)
        assert answer.status_code == status
        assert "dry_run is true or false." in str(answer.json)
    assert world.reload(draft).status is Status.DRAFT
