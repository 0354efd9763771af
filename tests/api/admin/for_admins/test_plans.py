"""Plans over JSON, for admins: read, added, changed, retired, and given to projects."""

from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.models import Project, Status
from tests.conftest import on_both_databases
from tests.world import Browser, World

PLANS = "/api/admin/plans"


@dataclass
class Desk:
    """An admin, and a full project in which something waits."""

    world: World
    admin: Browser
    project: Project

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.admin.call(method, path, body, **headers)

    def done(self, method: str, path: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401
        """The members of an answer that did what it was asked for."""
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.json

    @property
    def path(self) -> str:
        """Return where the project's plan is."""
        return f"{PLANS}/{self.project.plan_code}"


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world, world.browser(world.user(admin=True)), world.project(limit=2))


def shown(code: int, name: str, limit: int | None, **usage: object) -> dict[str, object]:
    """A plan as it is sent; nothing is on it but what is said."""
    counts = {"projects": 0, "live": 0, "at_limit": 0, "over": 0}
    plan = {"code": code, "name": name, "experiments_running": limit, "retired_at": None}
    return {**plan, **counts, **usage}


@on_both_databases
def test_plans_are_listed_with_what_is_on_them(desk: Desk) -> None:
    desk.world.running(desk.project, 2)
    code = desk.project.plan_code
    used = shown(code, f"Plan {code}", 2, projects=1, live=2, at_limit=1)
    empty = desk.world.plan(None)
    told = desk.done("GET", PLANS)
    assert told == {"data": [used, shown(empty, f"Plan {empty}", None)]}
    assert desk.done("GET", desk.path) == used
    assert desk.ask("GET", f"{PLANS}/7").status_code == 404


def test_a_plan_is_added_put_and_changed_in_part(desk: Desk) -> None:
    body = {"code": 300, "name": "Sandbox", "experiments_running": 2}
    nothing = {"started": [], "over": [], "agreement": None}
    made = desk.ask("POST", PLANS, body)
    assert (made.status_code, made.json) == (201, {"plan": shown(300, "Sandbox", 2), **nothing})
    assert desk.done("GET", made.headers["Location"]) == shown(300, "Sandbox", 2)
    again = desk.ask("POST", PLANS, body)
    assert (again.status_code, (again.json or {})["code"]) == (409, "ALREADY_EXISTS")
    put = {"name": "Sand", "experiments_running": None}
    assert desk.done("PUT", f"{PLANS}/300", put)["plan"] == shown(300, "Sand", None)
    added = desk.ask("PUT", f"{PLANS}/301", put)
    assert (added.status_code, added.json) == (201, {"plan": shown(301, "Sand", None), **nothing})
    assert desk.done("GET", added.headers["Location"]) == shown(301, "Sand", None)
    for change, limit in (({"name": "Box"}, None), ({"experiments_running": 3}, 3), ({}, 3)):
        told = desk.done("PATCH", f"{PLANS}/300", change)
        assert told["plan"] == shown(300, "Box", limit)


def test_a_plan_that_is_not_there_yet_is_put_as_strictly_as_another(desk: Desk) -> None:
    answer = desk.ask("PUT", f"{PLANS}/7", {"name": "Sandbox", "limit": 2})
    assert (answer.status_code, (answer.json or {})["code"]) == (422, "VALIDATION")
    body = {"name": "Sandbox", "experiments_running": 2}
    assert desk.ask("PUT", f"{PLANS}/7", body, If_Match="v1").status_code == 400
    assert desk.ask("GET", f"{PLANS}/7").status_code == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"limit": 3}, "There is no member limit here."),
        ({"experiments_running": True}, "experiments_running is a whole number from 0 to"),
        ({"experiments_running": 2147483648}, "experiments_running is a whole number from 0 to"),
        ({"name": ""}, "name"),
        ({"retired": "yes"}, "retired: has to be true or false."),
    ],
)
def test_what_is_not_understood_of_a_plan_is_422(desk: Desk, body: object, told: str) -> None:
    answer = desk.ask("PATCH", desk.path, body)
    assert (answer.status_code, told in (answer.json or {})["detail"]) == (422, True)


def test_a_plan_that_is_another_by_now_is_not_changed(desk: Desk) -> None:
    seen = desk.ask("GET", desk.path).headers["ETag"]
    changed = desk.ask("PATCH", desk.path, {"name": "First"}, If_Match=seen)
    assert changed.status_code == 200
    late = desk.ask("PATCH", desk.path, {"name": "Second"}, If_Match=seen)
    assert (late.status_code, (late.json or {})["code"]) == (412, "CHANGED")
    body = {"name": "Second", "experiments_running": 2}
    assert desk.ask("PUT", f"{PLANS}/7", body, If_Match=seen).status_code == 412
    etag = changed.headers["ETag"]
    assert desk.ask("GET", desk.path).headers["ETag"] == etag
    assert desk.ask("PUT", desk.path, body, If_Match=etag).status_code == 200


@pytest.mark.parametrize(
    ("condition", "of_what_is_there", "of_a_new_one"),
    [
        ({"If_None_Match": "*"}, 412, 201),
        ({"If_None_Match": "W/{etag}"}, 412, 201),
        ({"If_None_Match": '"other"'}, 200, 201),
        ({"If_None_Match": "v1"}, 400, 400),
        ({"If_Match": "*"}, 200, 412),
        ({"If_Match": "W/{etag}"}, 412, 412),
        ({"If_Match": "*", "If_None_Match": "*"}, 412, 412),
    ],
    ids=str,
)
def test_a_plan_is_put_only_where_it_is_as_the_request_says(
    desk: Desk, condition: dict[str, str], of_what_is_there: int, of_a_new_one: int
) -> None:
    etag = desk.ask("GET", desk.path).headers["ETag"]
    headers = {name: value.replace("{etag}", etag) for name, value in condition.items()}
    body = {"name": "Another", "experiments_running": 2}
    asked = [desk.ask("PUT", path, body, **headers) for path in (desk.path, f"{PLANS}/7")]
    assert [each.status_code for each in asked] == [of_what_is_there, of_a_new_one]
    names = [(desk.ask("GET", path).json or {}).get("name") for path in (desk.path, f"{PLANS}/7")]
    done = [each.status_code < 300 for each in asked]
    assert [name == "Another" for name in names] == done


def test_another_condition_makes_another_request_of_it(desk: Desk) -> None:
    body = {"name": "Sand", "experiments_running": 2}
    codes = [
        desk.ask("PUT", f"{PLANS}/7", body, Idempotency_Key="k", **condition).status_code
        for condition in ({"If_None_Match": "*"}, {"If_None_Match": "*"}, {})
    ]
    assert codes == [201, 201, 422]


def test_a_retired_plan_takes_no_project_until_it_is_back(desk: Desk) -> None:
    other = desk.world.plan()
    assert desk.done("PATCH", f"{PLANS}/{other}", {"retired": True})["plan"]["retired_at"]
    path = f"/api/admin/projects/{desk.project.key}"
    refused = desk.ask("PATCH", path, {"plan": other})
    assert (refused.status_code, (refused.json or {})["code"]) == (422, "VALIDATION")
    desk.done("PATCH", f"{PLANS}/{other}", {"retired": False})
    assert desk.done("PATCH", path, {"plan": other})["plan"]["code"] == other


@on_both_databases
def test_a_dry_run_tells_what_a_change_brings_and_may_be_agreed_to(desk: Desk) -> None:
    live = desk.world.running(desk.project, 2)
    dry = f"{desk.path}?dry_run=true"
    tried = desk.done("PATCH", dry, {"experiments_running": 1})
    name = desk.project.name
    over = [{"project": desk.project.key, "name": name, "running": 2, "limit": 1}]
    assert (tried["dry_run"], tried["over"], tried["plan"]["over"]) == (True, over, 1)
    assert desk.done("GET", desk.path)["experiments_running"] == 2

    desk.world.running(desk.world.project(), 1)
    (waiting,) = desk.world.queued(desk.project, 1)
    raised = {"experiments_running": 3, "agreed": tried["agreement"]}
    refused = desk.ask("PATCH", desk.path, raised)
    assert (refused.status_code, waiting.name in (refused.json or {})["detail"]) == (409, True)
    lowered = {"experiments_running": 1, "agreed": tried["agreement"]}
    assert desk.done("PATCH", desk.path, lowered)["over"] == over
    assert {desk.world.reload(each).status for each in live} == {Status.RUNNING}
    started = desk.done("PATCH", desk.path, {"experiments_running": None})["started"]
    assert started == [
        {"test_id": waiting.test_id, "name": waiting.name, "project": desk.project.key}
    ]


def test_projects_are_moved_together_and_told_one_by_one(desk: Desk) -> None:
    other = desk.world.project(limit=1)
    desk.world.running(desk.project, 2)
    body = {"projects": [desk.project.key, other.key]}
    told = desk.done("POST", f"{PLANS}/{other.plan_code}/projects", body)
    assert [(each["id"], each["changed"], len(each["over"])) for each in told["projects"]] == [
        (desk.project.key, True, 1),
        (other.key, False, 0),
    ]
    assert told["over"] == told["projects"][0]["over"]
    none = desk.ask("POST", f"{desk.path}/projects", {"projects": [desk.project.key, "none"]})
    assert none.status_code == 404
    assert desk.ask("POST", f"{desk.path}/projects", {"projects": []}).status_code == 422


def test_projects_are_listed_by_plan_and_room_a_page_at_a_time(desk: Desk) -> None:
    full = desk.world.project(limit=1)
    desk.world.running(full, 1)
    listed = "/api/admin/projects?sort=free&limit=1"
    first = desk.done("GET", listed)
    assert first["data"] == [
        {
            "id": full.key,
            "name": full.name,
            "plan": full.plan_code,
            "slots": {"limit": 1, "running": 1, "free": 0, "override": None},
            "is_held": False,
        }
    ]
    rest = desk.done("GET", f"{listed}&cursor={first['next_cursor']}")
    assert [each["id"] for each in rest["data"]] == [desk.project.key]
    assert rest["next_cursor"] is None
    wanted = {f"plan={full.plan_code}": [full.key], "slots=free": [desk.project.key]}
    for query, keys in wanted.items():
        found = desk.done("GET", f"/api/admin/projects?{query}")["data"]
        assert [each["id"] for each in found] == keys
    by_name = desk.done("GET", "/api/admin/projects?limit=1")["next_cursor"]
    for query in ("slots=none", "plan=x", f"sort=live&cursor={by_name}"):
        assert desk.ask("GET", f"/api/admin/projects?{query}").status_code == 422
