"""What a JSON error says of a refusal beside its contract's own members."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.models import Experiment, Project, Status, now
from tests.api.asking import CALLERS, Ask, integers_path, names_path, with_key
from tests.contracts import Contract
from tests.world import World

CONTRACTS = ["integers", "names"]


def start(ask: Ask, project: Project, experiment: Experiment, contract: str) -> Any:  # noqa: ANN401
    """Return what the answer to a start says of its refusal, None if it is none."""
    if contract == "integers":
        answer = ask("PATCH", integers_path(project, experiment), {"status": 1})
    else:
        answer = ask("POST", names_path(experiment), {"status": "running"})
    return (answer.json or {}).get("refusal")


def moment(at: datetime | None) -> str:
    assert at
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


def test_a_pause_that_is_taken_back_at_once_is_no_break_in_running_since(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    draft = world.experiment(project)
    for target in (Status.STOPPED, Status.RUNNING):
        world.move(running, target, Contract.INTEGERS)
    refusal = start(with_key(world, project), project, draft, CONTRACTS[0])
    assert refusal["holders"][0]["running_since"] == moment(running.changed_at)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_at_the_limit_it_names_the_plan_the_slots_their_holders_and_the_ways_out(
    world: World, contract: str
) -> None:
    project = world.project(limit=2)
    first, second = world.running(project, 2)
    draft = world.experiment(project)
    refusal = start(with_key(world, project), project, draft, contract)
    for holder, running in zip(refusal["holders"], (second, first), strict=True):
        since = holder.pop("running_since")
        assert since == moment(running.started_at)
        assert holder == {
            "id": running.public_id,
            "test_id": running.test_id,
            "name": running.name,
        }
    del refusal["holders"]
    assert refusal == {
        "code": "PLAN_LIMIT",
        "ways_out": ["swap", "queue"],
        "plan": f"Plan {project.plan_code}",
        "limit": 2,
        "running": 2,
        "holders_not_named": 0,
    }


@pytest.mark.parametrize("contract", CONTRACTS)
def test_five_holders_are_named_and_the_rest_is_counted(world: World, contract: str) -> None:
    project = world.project(limit=7)
    world.running(project, 7)
    draft = world.experiment(project)
    refusal = start(with_key(world, project), project, draft, contract)
    assert (len(refusal["holders"]), refusal["holders_not_named"]) == (5, 2)


def test_over_the_limit_a_swap_is_no_way_out_and_its_refusal_counts_what_runs(
    world: World,
) -> None:
    project = world.project(limit=3)
    (holder, *_), draft = world.running(project, 3), world.experiment(project)
    world.set_limit(project, 2)
    ask = with_key(world, project)
    expected = start(ask, project, draft, "names")
    assert expected["ways_out"] == ["pause_a_holder", "queue"]
    path = f"/api/admin/experiments/{draft.public_id}/swap"
    answer = ask("POST", path, {"pause": holder.public_id})
    assert answer.status_code == 429
    assert answer.json
    assert answer.json["refusal"] == expected
    assert (expected["running"], expected["holders_not_named"]) == (3, 0)


def test_with_nobody_to_pause_it_names_none(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    refusal = start(with_key(world, project), project, draft, "names")
    assert (refusal["holders"], refusal["ways_out"]) == ([], ["queue"])


def test_a_refusal_that_no_slots_are_to_blame_for_names_none(world: World) -> None:
    project = world.project()
    archived = world.experiment(project, Status.ARCHIVED)
    refusal = start(with_key(world, project), project, archived, "names")
    assert refusal == {"code": "EXPERIMENT_ARCHIVED_RESTART", "ways_out": ["clone"]}


def test_an_error_that_is_no_refusal_has_no_such_member(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    answer = with_key(world, project)("POST", names_path(draft), {"status": "live"})
    assert answer.json
    assert "refusal" not in answer.json


@pytest.mark.parametrize("status", ["running", "stopped", "archived", "draft"])
def test_to_a_program_that_asks_again_it_says_that_it_is_so_already(
    world: World, status: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, Status(status))
    answer = with_key(world, project)("POST", names_path(experiment), {"status": status})
    told: Any = answer.json
    assert answer.status_code == 409
    assert told["code"] in {"INVALID_TRANSITION", "EXPERIMENT_NOT_RUNNING"}
    assert told["refusal"]["code"] == f"ALREADY_{status.upper()}"


def test_what_the_rule_book_allows_and_the_contract_does_not_has_its_way_named(
    world: World,
) -> None:
    project = world.project()
    paused = world.experiment(project, Status.STOPPED)
    ask = with_key(world, project)
    ways = [
        (ask("POST", names_path(paused), {"status": status}).json or {})["refusal"]["ways_out"]
        for status in ("running", "draft")
    ]
    assert ways == [["resume"], ["back_to_draft"]]


def test_what_waits_and_is_not_stopped_is_told_how_to_leave_the_queue(world: World) -> None:
    project = world.project(limit=0)
    (queued,) = world.queued(project, 1)
    answer = with_key(world, project)("POST", names_path(queued), {"status": "stopped"})
    told: Any = answer.json
    assert (answer.status_code, told["code"]) == (409, "EXPERIMENT_NOT_RUNNING")
    assert told["detail"].endswith("It waits in the queue, and starts by itself when a slot frees.")
    assert told["refusal"]["ways_out"] == ["leave_queue"]
    assert world.line(project) == [queued.test_id]


@pytest.mark.parametrize("status", ["stopped", "draft"])
def test_what_starts_later_and_is_not_told_to_stay_is_told_how_to_take_that_back(
    world: World, status: str
) -> None:
    project = world.project()
    draft, ask = world.experiment(project), with_key(world, project)
    world.schedule(draft, now() + timedelta(days=1), now() + timedelta(days=2))
    told: Any = ask("POST", names_path(draft), {"status": status}).json
    assert told["detail"].endswith("It starts by itself at the moment that is set.")
    assert told["refusal"]["ways_out"] == ["take_start_back"]
    path = f"/api/admin/experiments/{draft.public_id}/schedule"
    ask("PUT", path, {"start_at": None})
    again: Any = ask("POST", names_path(draft), {"status": status}).json
    assert again["refusal"]["ways_out"] == []


def test_a_person_may_ask_an_admin_and_a_key_is_not_told_to(world: World) -> None:
    project = world.project(limit=0)
    draft = world.experiment(project)
    told = [
        start(CALLERS[caller](world, project), project, draft, "names")["ways_out"]
        for caller in ("browser", "key")
    ]
    assert told == [["queue", "ask_an_admin"], ["queue"]]
