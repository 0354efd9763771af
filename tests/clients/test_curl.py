"""The first contract's documented flow, walked with curl against a real server."""

from typing import Any

import pytest

from app.models import Project, Status
from tests.clients.curl import Curl
from tests.clients.setting import SECONDS_TO_NOTICE, Setting, settle
from tests.crowd import send, sending_json
from tests.servers import Server
from tests.watching import until
from tests.world import World

VISITORS = 40
BUYERS = 6
RED = [{"selector": ".buy", "style": {"background": "red"}}]
BLUE = [{"selector": ".buy", "style": {"background": "blue"}}]
EXPERIMENT = {
    "test_name": "Red button",
    "url": "https://shop.example/cart",
    "variants": [{"name": "Variant 1", "nickname": "Red", "data": RED}],
    "primary_goal_key": "purchase",
    "configuration": {"traffic_allocation": 100, "confidence_interval": 95},
    "tags": ["checkout"],
}
WITHOUT_GOAL = {name: value for name, value in EXPERIMENT.items() if name != "primary_goal_key"}


@pytest.fixture
def project(world: World) -> Project:
    """A project whose plan runs one experiment at once."""
    return world.project(limit=1)


@pytest.fixture
def curl(world: World, server: Server, project: Project) -> Curl:
    """curl with an admin key of that project."""
    return Curl(server.address, project, {"Authorization": f"Bearer {world.key(project)}"})


def deleted(test_id: int, name: str, *, was_live: bool) -> dict[str, Any]:
    """The answer to the deletion of that experiment."""
    return {
        "success": True,
        "test_id": test_id,
        "test_name": name,
        "deleted": True,
        "was_live": was_live,
        "message": "Experiment deleted.",
    }


def is_sentence(body: dict[str, Any]) -> bool:
    """Return whether an answer says what is wrong, and beside it at most what the rules say."""
    return isinstance(body["error"], str) and not body.keys() - {"error", "refusal"}


def visit(setting: Setting, key: str) -> None:
    """Let visitors come to an experiment's page, and some of them buy, once it is served."""
    headers = {"Authorization": f"Bearer {setting.key}"}
    flag = {"context": {"targetingKey": "visitor-0"}}
    asked = sending_json("POST", f"/ofrep/v1/evaluate/flags/{key}", flag, headers)
    until(lambda: send(setting.address, asked).status == 200, SECONDS_TO_NOTICE)
    units = [f"visitor-{number}" for number in range(VISITORS)]
    seen = [{"type": "exposure", "experiment": key, "unit": unit} for unit in units]
    bought = [{"type": "conversion", "goal": "purchase", "unit": unit} for unit in units[:BUYERS]]
    events = sending_json("POST", "/collect", {"events": [*seen, *bought]}, headers)
    assert send(setting.address, events).body["accepted"] == VISITORS + BUYERS


def test_the_documented_flow_leads_from_a_goal_to_a_deleted_experiment(
    world: World, server: Server, project: Project, curl: Curl
) -> None:
    _, goal = curl(
        "POST",
        "/goal",
        {"goal_name": "Purchase", "goal_type": "event", "goal_value": "purchase"},
    )

    code, created = curl("POST", "/create-experiment", EXPERIMENT, x_idempotency_key="order-66")
    test_id = created["test_id"]
    assert (code, created) == (
        200,
        {
            "success": True,
            "status": 9,
            "test_id": test_id,
            "goal_profile_id": goal["goal_profile_id"],
            "secondary_goals_count": 0,
        },
    )
    again = curl("POST", "/create-experiment", EXPERIMENT, x_idempotency_key="order-66")
    assert again == (200, created)

    _, listed = curl("GET", "/experiments?limit=20&offset=0")
    rows = [(row["test_id"], row["status"], row["is_completed"]) for row in listed["experiments"]]
    assert (listed["count"], rows) == (1, [(test_id, 9, 0)])

    _, found = curl("GET", f"/experiment/{test_id}")
    experiment = found["experiment"]
    assert [each["name"] for each in experiment["variants"]] == ["Control", "Red"]
    assert [each["data"] for each in experiment["variants"]] == [[], RED]
    assert experiment["primary_goal"]["goal_name"] == "Purchase"

    changed = {"test_name": "Blue button", "variants": [{"name": "Variant 1", "data": BLUE}]}
    assert curl("PATCH", f"/experiment/{test_id}", changed) == (
        200,
        {"success": True, "test_id": test_id},
    )
    _, found = curl("GET", f"/experiment/{test_id}")
    assert found["experiment"]["test_name"] == "Blue button"
    assert [each["data"] for each in found["experiment"]["variants"]] == [[], BLUE]

    assert curl.status(test_id, 1) == (200, {"success": True, "test_id": test_id, "status": 1})
    (kept,) = world.execute("SELECT key FROM experiment WHERE test_id = :id", id=test_id)
    visit(settle(world, server.address, project), kept.key)
    _, result = curl("GET", f"/experiment/{test_id}/result")
    assert (result["status"], result["status_code"], result["end_date"]) == ("live", 1, None)
    assert result["primary_goal"]["goal_key"] == "purchase"
    assert (result["total_visitors"], result["total_conversions"]) == (VISITORS, BUYERS)

    assert curl.status(test_id, 0) == (200, {"success": True, "test_id": test_id, "status": 0})
    _, result = curl("GET", f"/experiment/{test_id}/result")
    assert (result["status"], result["end_date"] > result["start_date"]) == ("inactive", True)

    assert curl.status(test_id, 9) == (200, {"success": True, "test_id": test_id, "status": 9})
    assert curl("DELETE", f"/experiment/{test_id}") == (
        200,
        deleted(test_id, "Blue button", was_live=False),
    )
    for method, address in [
        ("GET", f"/experiment/{test_id}"),
        ("GET", f"/experiment/{test_id}/result"),
        ("DELETE", f"/experiment/{test_id}"),
    ]:
        assert curl(method, address) == (404, {"error": "Experiment not found."})
    assert curl("GET", "/experiments") == (200, {"success": True, "count": 0, "experiments": []})


def test_goals_are_listed_renamed_and_deleted(curl: Curl) -> None:
    _, made = curl("POST", "/goal", {"goal_name": "Signed up", "goal_key": "signup"})
    address = f"/goal/{made['goal_profile_id']}"
    _, listed = curl("GET", "/goals")
    assert [goal["goal_key"] for goal in listed["goals"]] == ["signup"]
    assert curl("PATCH", address, {"goal_name": "Registered"})[1]["goal_name"] == "Registered"
    assert curl("GET", address)[1]["goal"]["goal_name"] == "Registered"
    assert curl("DELETE", address)[1]["deleted"] is True
    assert curl("GET", address) == (404, {"error": "Goal not found."})
    assert curl("GET", "/goals") == (200, {"success": True, "count": 0, "goals": []})


def test_what_is_live_is_deleted_and_its_slot_goes_to_the_queue(
    world: World, project: Project, curl: Curl
) -> None:
    _, live = curl("POST", "/create-experiment", {**WITHOUT_GOAL, "status": 1})
    assert [each["code"] for each in live["warnings"]] == ["no_goal"]
    (waiting,) = world.queued(project, 1)
    address = f"/experiment/{live['test_id']}"
    assert curl("DELETE", address) == (
        200,
        deleted(live["test_id"], "Red button", was_live=True),
    )
    assert world.reload(waiting).status is Status.RUNNING


def test_every_error_of_the_contract_has_its_status_and_one_sentence(
    world: World, project: Project, curl: Curl
) -> None:
    world.goal(project, "purchase")
    (live,) = world.running(project, 1)
    address = f"/experiment/{live.test_id}"
    other = {"Authorization": f"Bearer {world.key(world.project())}"}
    create = ("POST", "/create-experiment")
    stranger = Curl(curl.address, project)
    answers = {
        "no JSON": curl("PATCH", f"{address}/status", "{"),
        "bad status": curl.status(live.test_id, 2),
        "back to draft": curl.status(live.test_id, 9),
        "design of what is live": curl("PATCH", address, {"variants": EXPERIMENT["variants"]}),
        "bad name": curl(*create, {**EXPERIMENT, "test_name": ""}),
        "bad page": curl(*create, {**EXPERIMENT, "url": "shop"}),
        "no such goal": curl(*create, {**EXPERIMENT, "primary_goal_key": "none"}),
        "not heeded": curl(*create, {**EXPERIMENT, "status": 1, "targeting": {"os_rule": "x"}}),
        "breakdown": curl("GET", f"{address}/result?breakdown_by=browser"),
        "no key": stranger("GET", address),
        "bad key": stranger("GET", address, Authorization="Bearer sdk_admin_none"),
        "another's key": stranger("GET", address, **other),
        "plan limit": curl(*create, {**EXPERIMENT, "status": 1}),
        "no experiment": curl("GET", "/experiment/999999"),
        "no goal": curl("GET", "/goal/999999"),
        "no address": curl("GET", "/nothing"),
        "taken key": curl("POST", "/goal", {"goal_name": "Other", "goal_key": "purchase"}),
    }
    assert {name: code for name, (code, _) in answers.items()} == {
        "no JSON": 400,
        "bad status": 400,
        "back to draft": 400,
        "design of what is live": 400,
        "bad name": 400,
        "bad page": 400,
        "no such goal": 400,
        "not heeded": 400,
        "breakdown": 400,
        "no key": 401,
        "bad key": 401,
        "another's key": 401,
        "plan limit": 403,
        "no experiment": 404,
        "no goal": 404,
        "no address": 404,
        "taken key": 406,
    }
    assert [name for name, (_, body) in answers.items() if not is_sentence(body)] == []
