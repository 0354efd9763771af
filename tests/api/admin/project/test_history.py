"""The history for programs."""

from dataclasses import replace

import pytest

from app.models import Status
from tests.api.asking import CALLERS, integers_path, names_path, with_key
from tests.conftest import on_both_databases
from tests.world import World


@on_both_databases
@pytest.mark.parametrize("caller", CALLERS)
def test_history_is_listed_newest_first_with_all_that_is_kept(world: World, caller: str) -> None:
    project = world.project(limit=1)
    banner = world.experiment(project, name="Banner")
    rival = world.experiment(project, name="Rival")
    ask = CALLERS[caller](world, project)
    ask("PATCH", integers_path(project, banner), {"status": 1, "reason": "Spring"})
    ask("PATCH", integers_path(project, rival), {"status": 1})
    swap = f"/api/admin/experiments/{rival.public_id}/swap"
    ask("POST", swap, {"pause": banner.public_id})
    path = "/api/admin/history"
    if caller == "browser":
        answer = world.browser(world.member(project)).get(path, X_Project_Id=project.key)
    else:
        answer = ask("GET", path, None)
    assert answer.json
    swapped, refused, started, *created = answer.json["history"]
    by_key = caller == "key"
    assert {name: started[name] for name in started if name not in {"id", "at", "person"}} == {
        "kind": "changed",
        "experiment": {
            "id": banner.public_id,
            "test_id": banner.test_id,
            "key": "banner",
            "name": "Banner",
        },
        "from": "draft",
        "to": "running",
        "paused": None,
        "door": "v2" if by_key else "browser",
        "api_key": "key" if by_key else None,
        "reason": "Spring",
        "outcome": None,
        "code": "",
        "detail": "",
        "times": 1,
        "scheduled_for": None,
        "changes": None,
        "decision": None,
        "cause": {"kind": "request", "person": None, "api_key": None, "entry": None},
    }
    assert started["at"].endswith("Z")
    assert (started["person"] is None) is by_key
    assert (refused["kind"], refused["code"]) == ("refused", "PLAN_LIMIT")
    assert swapped["paused"]["name"] == "Banner"
    assert [(each["kind"], each["experiment"]["name"], each["to"]) for each in created] == [
        ("created", "Rival", None),
        ("created", "Banner", None),
    ]
    assert answer.json["next_cursor"] is None


def test_what_was_edited_scheduled_and_started_in_a_freed_slot_says_how_when_and_why(
    world: World,
) -> None:
    project = world.project(limit=1)
    holder = world.experiment(project, Status.RUNNING, "Holder")
    banner = world.experiment(project, name="Banner")
    ask = with_key(world, project)
    path = f"/api/admin/experiments/{banner.public_id}"
    ask("PUT", f"{path}/queue", {})
    ask("PUT", f"{path}/schedule", {"stop_at": "2027-03-01T09:00:00Z"})
    world.redesign(banner, replace(world.design(banner), traffic_allocation=5000))
    ask("POST", names_path(holder), {"status": "stopped"})
    answer = ask("GET", f"/api/admin/history?experiment={banner.public_id}", None)
    assert answer.json
    started, edited, scheduled, *_ = answer.json["history"]
    (pause,) = world.execute(
        "SELECT max(id) AS id FROM history WHERE to_status = 'stopped' AND kind = 'changed'"
    )
    assert (started["to"], started["door"]) == ("running", "queue")
    assert started["cause"] == {
        "kind": "freed slot",
        "person": None,
        "api_key": "key",
        "entry": str(pause.id),
    }
    assert edited["changes"] == [{"field": "traffic_allocation", "before": 10_000, "after": 5_000}]
    assert scheduled["scheduled_for"] == "2027-03-01T09:00:00.000Z"


@on_both_databases
def test_it_is_filtered_and_paged_by_cursor(world: World) -> None:
    project = world.project(limit=None)
    first, *_ = world.running(project, 5)
    ask = with_key(world, project)
    kinds, names, cursor = [], [], ""
    while cursor is not None:
        answer = ask("GET", f"/api/admin/history?limit=2&cursor={cursor}", None)
        assert answer.json
        kinds += [entry["kind"] for entry in answer.json["history"]]
        names += [entry["experiment"]["test_id"] for entry in answer.json["history"]]
        cursor = answer.json["next_cursor"]
    by_number = range(first.test_id + 4, first.test_id - 1, -1)
    assert names == [test_id for each in by_number for test_id in (each, each)]
    assert kinds == ["changed", "created"] * 5
    of_one = ask("GET", f"/api/admin/history?experiment={first.public_id}&kind=changed", None)
    assert of_one.json
    assert [entry["to"] for entry in of_one.json["history"]] == ["running"]
    refused = ask("GET", "/api/admin/history?kind=refused", None)
    assert refused.json == {"history": [], "next_cursor": None}


@on_both_databases
def test_what_was_done_to_the_whole_project_is_listed_beside_what_belongs_to_it(
    world: World,
) -> None:
    project = world.project()
    (running,) = world.running(project, 1)
    ask = with_key(world, project)
    ask("POST", "/api/admin/experiments/stop-all", {"reason": "The shop is broken"})
    answer = ask("GET", "/api/admin/history", None)
    assert answer.json
    paused, held, stopped, *_ = answer.json["history"]
    assert {name: stopped[name] for name in stopped if name not in {"id", "at", "held_since"}} == {
        "kind": "everything stopped",
        "experiment": None,
        "from": None,
        "to": None,
        "paused": None,
        "door": "api",
        "person": None,
        "api_key": "key",
        "reason": "The shop is broken",
        "outcome": None,
        "code": "",
        "detail": "",
        "times": 1,
        "scheduled_for": None,
        "changes": None,
        "decision": None,
        "cause": {"kind": "request", "person": None, "api_key": None, "entry": None},
        "counts": {"experiments": 1},
    }
    assert stopped["held_since"] == held["held_since"]
    assert stopped["held_since"].endswith("Z")
    assert (held["kind"], held["reason"]) == ("queue held", "The shop is broken")
    assert (paused["experiment"]["test_id"], paused["to"]) == (running.test_id, "stopped")
    assert [each["cause"]["entry"] for each in (paused, held)] == [stopped["id"]] * 2
    of_kind = ask("GET", "/api/admin/history?kind=everything+stopped", None)
    assert of_kind.json == {"history": [stopped], "next_cursor": None}


@on_both_databases
def test_a_cursor_that_stands_at_an_entry_of_the_project_goes_on_behind_it(world: World) -> None:
    project = world.project()
    world.experiment(project)
    ask = with_key(world, project)
    for _ in range(2):
        ask("PUT", "/api/admin/queue/hold", {})
        ask("DELETE", "/api/admin/queue/hold", None)
    kinds, cursor = [], ""
    while cursor is not None:
        answer = ask("GET", f"/api/admin/history?limit=1&cursor={cursor}", None)
        assert answer.json
        kinds += [entry["kind"] for entry in answer.json["history"]]
        cursor = answer.json["next_cursor"]
    assert kinds == ["hold lifted", "queue held"] * 2 + ["created"]


@pytest.mark.parametrize("query", ["kind=other", "cursor=x", "cursor=-1", "limit=0", "limit=201"])
def test_a_query_that_means_nothing_is_said_to_be_wrong(world: World, query: str) -> None:
    ask = with_key(world, world.project())
    answer = ask("GET", f"/api/admin/history?{query}", None)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["code"] == "VALIDATION"


def test_an_experiment_of_another_project_is_404(world: World) -> None:
    theirs = world.experiment(world.project(), Status.RUNNING)
    ask = with_key(world, world.project())
    answer = ask("GET", f"/api/admin/history?experiment={theirs.public_id}", None)
    assert answer.status_code == 404
