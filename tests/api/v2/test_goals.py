"""Goals under /v2: listed, made, renamed and deleted by integers and keys."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.experiments.designs import Design, GoalUse
from app.models import GoalRole, Project, Role
from tests.api.asking import CALLERS, with_key
from tests.conftest import on_both_databases
from tests.world import World


def ask(
    world: World, project: Project, method: str, address: str, body: object = None
) -> TestResponse:
    return with_key(world, project)(method, f"/v2/project/{project.key}{address}", body)


def made(world: World, project: Project, **body: object) -> dict[str, Any]:
    answer = ask(world, project, "POST", "/goal", body)
    assert answer.status_code == 200, answer.json
    return answer.json or {}


def warned(answer: dict[str, Any]) -> list[str]:
    return [each["detail"].split()[0] for each in answer.get("warnings", [])]


@pytest.mark.parametrize("caller", CALLERS)
def test_a_goal_of_an_event_is_made_as_it_is_described(world: World, caller: str) -> None:
    project = world.project()
    body = {"goal_name": "Signed up", "goal_type": "event", "goal_value": "signup_completed"}
    path = f"/v2/project/{project.key}/goal"
    answer = CALLERS[caller](world, project)("POST", path, body)
    (row,) = world.execute("SELECT id, key, name, wanted FROM goal")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "success": True,
            "goal_profile_id": row.id,
            "goal_key": "signup_completed",
            "goal_name": "Signed up",
            "goal_type": "event",
            "goal_value": "signup_completed",
            "wanted": "more",
            "kind": "conversion",
            "window_days": None,
            "currency": None,
        },
    )
    assert (row.key, row.name, row.wanted) == ("signup_completed", "Signed up", "more")


@pytest.mark.parametrize(
    ("sent", "key", "unheeded"),
    [
        ({}, "bought", []),
        ({"goal_key": "purchase"}, "purchase", []),
        ({"goal_type": "script", "goal_value": "paid"}, "paid", []),
        ({"goal_type": "event", "goal_value": "AddToCart"}, "bought", ["goal_value"]),
        (
            {"goal_type": "event", "goal_value": "paid", "goal_key": "purchase"},
            "purchase",
            ["goal_value"],
        ),
        (
            {"goal_type": "pageview", "goal_value": "/thanks"},
            "bought",
            ["goal_type", "goal_value"],
        ),
        ({"goal_type": "clickOnElement"}, "bought", ["goal_type"]),
        ({"goal_purpose": "sell"}, "bought", ["goal_purpose"]),
    ],
    ids=str,
)
def test_what_a_goal_cannot_be_here_is_named(
    world: World, sent: dict[str, str], key: str, unheeded: list[str]
) -> None:
    answer = made(world, world.project(), goal_name="Bought", **sent)
    assert (answer["goal_key"], answer["goal_value"]) == (key, key)
    assert warned(answer) == unheeded


def test_a_goal_of_which_less_is_wanted_is_one_of_ours(world: World) -> None:
    assert made(world, world.project(), goal_name="Complaints", wanted="less")["wanted"] == "less"


@on_both_databases
def test_a_taken_key_is_406_also_of_a_deleted_goal(world: World) -> None:
    project = world.project()
    goal = made(world, project, goal_name="Purchase")
    body = {"goal_name": "Another", "goal_key": "purchase"}
    taken = ask(world, project, "POST", "/goal", body)
    said = "The project has a goal with the key purchase already."
    assert (taken.status_code, taken.json) == (406, {"error": said})
    ask(world, project, "DELETE", f"/goal/{goal['goal_profile_id']}")
    taken = ask(world, project, "POST", "/goal", body)
    said = "The project has a retired goal with the key purchase already."
    assert (taken.status_code, taken.json) == (406, {"error": said})
    assert made(world, world.project(), goal_name="Purchase")["goal_key"] == "purchase"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "goal_name: is missing."),
        ({"goal_name": ""}, "Give it a name."),
        ({"goal_name": "Bought", "goal_key": "Not A Key"}, "A key has 1 to 64"),
        ({"goal_name": 5}, "goal_name: has to be a text."),
        ({"goal_name": "Bought", "wanted": "most"}, "wanted: has to be one of more, less."),
        ([], "body: has to be an object."),
    ],
)
def test_a_goal_that_cannot_be_made_is_400(world: World, body: object, fault: str) -> None:
    answer = ask(world, world.project(), "POST", "/goal", body)
    assert answer.status_code == 400
    assert (answer.json or {})["error"].startswith(fault)
    assert world.execute("SELECT * FROM goal") == []


def test_goals_are_listed_by_name_and_paged_by_offset(world: World) -> None:
    project = world.project()
    world.goal(world.project(), "elsewhere")
    for name in ("Purchase", "Basket", "Signup"):
        made(world, project, goal_name=name)
    listed = {
        query: ask(world, project, "GET", f"/goals{query}").json
        for query in ("", "?limit=1&offset=1", "?offset=3")
    }
    names = {
        query: [goal["goal_name"] for goal in (answer or {})["goals"]]
        for query, answer in listed.items()
    }
    assert names == {
        "": ["Basket", "Purchase", "Signup"],
        "?limit=1&offset=1": ["Purchase"],
        "?offset=3": [],
    }
    assert [(answer or {})["count"] for answer in listed.values()] == [3, 1, 0]


def test_one_goal_is_shown_as_it_was_made(world: World) -> None:
    project = world.project()
    goal = made(world, project, goal_name="Purchase")
    shown = ask(world, project, "GET", f"/goal/{goal['goal_profile_id']}").json
    del goal["success"]
    assert shown == {"success": True, "goal": goal}


def test_a_goal_gets_another_name_and_keeps_its_key(world: World) -> None:
    project = world.project()
    address = f"/goal/{made(world, project, goal_name='Purchase')['goal_profile_id']}"
    sent = {"goal_name": "Bought", "goal_key": "bought"}
    answer = ask(world, project, "PATCH", address, sent).json or {}
    assert (answer["goal_name"], answer["goal_key"]) == ("Bought", "purchase")
    assert warned(answer) == ["goal_key"]
    assert (ask(world, project, "PATCH", address, {}).json or {})["goal_name"] == "Bought"
    assert ask(world, project, "PATCH", address, {"goal_name": " "}).status_code == 400
    assert world.execute("SELECT name, key FROM goal") == [("Bought", "purchase")]


@on_both_databases
def test_a_deleted_goal_is_gone_and_its_row_is_kept(world: World) -> None:
    project = world.project()
    goal_id = made(world, project, goal_name="Purchase")["goal_profile_id"]
    address = f"/goal/{goal_id}"
    assert ask(world, project, "DELETE", address).json == {
        "success": True,
        "goal_profile_id": goal_id,
        "goal_name": "Purchase",
        "deleted": True,
        "message": "Goal deleted.",
    }
    for method in ("GET", "PATCH", "DELETE"):
        answer = ask(world, project, method, address, None if method == "GET" else {})
        assert (answer.status_code, answer.json) == (404, {"error": "Goal not found."})
    assert (ask(world, project, "GET", "/goals").json or {})["goals"] == []
    assert len(world.execute("SELECT * FROM goal WHERE retired_at IS NOT NULL")) == 1


def test_a_goal_that_is_used_is_not_deleted(world: World) -> None:
    project = world.project()
    goal_id = made(world, project, goal_name="Purchase")["goal_profile_id"]
    draft = world.experiment(project, name="Banner")
    world.redesign(draft, Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),)))
    answer = ask(world, project, "DELETE", f"/goal/{goal_id}")
    said = "“Purchase” is used: take it out of “Banner” first."
    assert (answer.status_code, answer.json) == (400, {"error": said})


@on_both_databases
@pytest.mark.parametrize("goal_id", ["0", "99999", "2147483648", "-1", "1.0", "purchase", "%00"])
def test_there_is_no_such_goal_whatever_its_id_looks_like(world: World, goal_id: str) -> None:
    project, other = world.project(), world.project()
    world.goal(project, "purchase")
    answer = ask(world, project, "GET", f"/goal/{goal_id}")
    assert (answer.status_code, list(answer.json or {})) == (404, ["error"])
    (theirs,) = world.execute("SELECT id FROM goal")
    assert ask(world, other, "GET", f"/goal/{theirs.id}").status_code == 404


def test_a_goal_is_looked_for_before_its_body_is_faulted(world: World) -> None:
    project = world.project()
    assert ask(world, project, "PATCH", "/goal/99999", {"goal_name": 5}).status_code == 404


def test_a_viewer_reads_goals_and_changes_none(world: World) -> None:
    project = world.project()
    goal_id = made(world, project, goal_name="Purchase")["goal_profile_id"]
    viewer = world.browser(world.member(project, Role.VIEWER))
    start = f"/v2/project/{project.key}"
    assert viewer.get(f"{start}/goals").status_code == 200
    for method, address in [("POST", "/goal"), ("DELETE", f"/goal/{goal_id}")]:
        answer = viewer.call(method, f"{start}{address}", {"goal_name": "Other"})
        assert answer.status_code == 403
