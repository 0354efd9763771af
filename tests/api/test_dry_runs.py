"""`dry_run=true`: the verdict and what would follow, by the same code, and nothing is written."""

from typing import Any

import pytest

from app.models import Status
from tests.api.asking import integers_path, names_path, with_key
from tests.conftest import on_both_databases
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
    assert (answer.status_code, (answer.json or {})["key"]) == (201, None)


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
