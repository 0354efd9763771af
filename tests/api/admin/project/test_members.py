"""The members and the sites of a project, for programs."""

import pytest

from app.models import Actor, Door, Role
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.world import World

MEMBERS = "/api/admin/members"
SITES = "/api/admin/sites"


@on_both_databases
def test_members_are_made_changed_listed_and_removed(world: World) -> None:
    project, email = world.project(), world.user()
    ask = with_key(world, project)
    for role in ("viewer", "owner", "marketer"):
        if role == "marketer":
            world.member(project, Role.OWNER)
        put = ask("PUT", MEMBERS, {"email": email, "role": role})
        assert (put.status_code, (put.json or {})["role"]) == (200, role)
    listed = (ask("GET", MEMBERS, None).json or {})["data"]
    assert {"email": email, "role": "marketer"} in listed
    assert ask("DELETE", f"{MEMBERS}/{email}", {}).status_code == 200
    assert email not in [each["email"] for each in (ask("GET", MEMBERS, None).json or {})["data"]]
    assert ask("DELETE", f"{MEMBERS}/{email}", {}).status_code == 404


def test_the_last_owner_stays_and_who_signs_in_nowhere_is_no_member(world: World) -> None:
    project = world.project()
    ask, owner = with_key(world, project), world.member(project, Role.OWNER)
    last = ask("PUT", MEMBERS, {"email": owner, "role": "viewer"})
    unknown = ask("PUT", MEMBERS, {"email": "nobody@example.test", "role": "viewer"})
    for answer, told in ((last, "at least one owner"), (unknown, "Nobody signs in")):
        assert (answer.status_code, (answer.json or {})["code"]) == (422, "VALIDATION")
        assert told in (answer.json or {})["detail"]


@pytest.mark.parametrize("starts", ["keep", "drop"])
def test_what_a_member_has_planned_is_decided_when_they_are_removed(
    world: World, starts: str
) -> None:
    project = world.project(limit=0)
    ask, email = with_key(world, project), world.member(project)
    draft = world.experiment(project)
    world.queue(draft, Actor(Door.BROWSER, user_id=world.person(email).user_id))
    undecided = ask("DELETE", f"{MEMBERS}/{email}", {})
    assert (undecided.status_code, (undecided.json or {})["code"]) == (422, "VALIDATION")
    assert world.line(project) == [draft.test_id]
    decided = ask("DELETE", f"{MEMBERS}/{email}", {"starts": starts})
    assert (decided.json or {})["planned"]["queued"] == [draft.name]
    assert world.line(project) == ([draft.test_id] if starts == "keep" else [])


@on_both_databases
def test_an_admin_manages_members_of_a_project_that_they_are_not_in(world: World) -> None:
    project, email = world.project(limit=0), world.user()
    admin, last = world.browser(world.user(admin=True)), world.member(project, Role.OWNER)
    path = f"/api/admin/projects/{project.key}/members"
    tried = admin.call("PUT", f"{path}?dry_run=true", {"email": email, "role": "marketer"})
    assert (tried.get_json()["role"], tried.get_json()["dry_run"]) == ("marketer", True)
    assert [each["email"] for each in admin.get(path).get_json()["data"]] == [last]
    assert admin.call("PUT", path, {"email": email, "role": "marketer"}).status_code == 200
    listed = admin.get(path).get_json()["data"]
    assert {"email": email, "role": "marketer"} in listed
    draft = world.experiment(project)
    world.queue(draft, world.person(email))
    assert admin.call("DELETE", f"{path}/{email}", {}).status_code == 422
    ended = admin.call("DELETE", f"{path}/{email}", {"starts": "drop"}).get_json()
    assert (ended["removed"], ended["planned"]["queued"]) == (True, [draft.name])
    kept = admin.call("DELETE", f"{path}/{last}", {})
    assert (kept.status_code, kept.get_json()["code"]) == (422, "VALIDATION")
    assert admin.get(path).get_json()["data"] == [{"email": last, "role": "owner"}]


@on_both_databases
def test_sites_are_listed_as_browsers_send_them(world: World) -> None:
    ask = with_key(world, world.project())
    put = ask("PUT", SITES, {"origins": ["https://Shop.example/", "http://a.example:80"]})
    assert put.json == {"origins": ["http://a.example", "https://shop.example"]}
    assert ask("GET", SITES, None).json == put.json
    refused = ask("PUT", SITES, {"origins": ["shop.example"]})
    assert (refused.status_code, (refused.json or {})["code"]) == (422, "VALIDATION")
    assert ask("GET", SITES, None).json == put.json


def test_the_project_is_shown_with_its_plan_and_its_slots(world: World) -> None:
    project = world.project(limit=2)
    world.running(project, 1)
    shown = with_key(world, project)("GET", "/api/admin/projects/current", None).json or {}
    assert (shown["id"], shown["name"], shown["role"]) == (project.key, project.name, "owner")
    assert shown["plan"]["experiments_running"] == 2
    assert shown["slots"] == {"limit": 2, "running": 1, "free": 1, "override": None}


@on_both_databases
def test_a_goal_is_renamed_retired_and_brought_back(world: World) -> None:
    ask = with_key(world, world.project())
    goals = "/api/admin/goals"
    made = ask("POST", goals, {"key": "buy"})
    assert (made.status_code, made.headers["Location"]) == (201, f"{goals}/buy")
    renamed = ask("PATCH", f"{goals}/buy", {"name": "Bought"})
    assert (renamed.json or {})["name"] == "Bought"
    assert ask("DELETE", f"{goals}/buy", {}).status_code == 200
    listed = ask("GET", goals, None).json or {}
    assert (listed["goals"], [each["key"] for each in listed["retired"]]) == ([], ["buy"])
    back = ask("PATCH", f"{goals}/buy", {"retired": False}).json or {}
    assert (back["name"], back["retired_at"]) == ("Bought", None)
    assert ask("GET", f"{goals}/sell", None).status_code == 404


def test_a_goal_in_use_is_neither_retired_nor_renamed_by_the_same_request(world: World) -> None:
    ask = with_key(world, world.project())
    ask("POST", "/api/admin/goals", {"key": "buy"})
    ask("POST", "/api/admin/experiments", {"name": "Banner", "goals": [{"key": "buy"}]})
    answer = ask("PATCH", "/api/admin/goals/buy", {"name": "Bought", "retired": True})
    assert answer.status_code == 422
    assert "take it out of “Banner” first" in (answer.json or {})["detail"]
    shown = ask("GET", "/api/admin/goals/buy", None).json or {}
    assert (shown["name"], shown["retired_at"]) == ("buy", None)
