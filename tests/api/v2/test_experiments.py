"""The rest of /v2: listing a project's experiments, and creating one."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.models import Door, Project, Role, Status
from tests.api.asking import CALLERS, in_browser, with_key
from tests.conftest import on_both_databases
from tests.world import World

URL = "https://shop.example/cart"
NO_GOAL = {
    "code": "no_goal",
    "detail": "It has no primary goal: visitors are counted, and nothing is compared.",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def listed(world: World, project: Project, query: str = "") -> list[dict[str, Any]]:
    path = f"/v2/project/{project.key}/experiments{query}"
    answer = with_key(world, project)("GET", path, None)
    assert answer.json
    assert answer.json["success"] is True
    assert answer.json["count"] == len(answer.json["experiments"])
    return answer.json["experiments"]


def created(world: World, project: Project, **body: object) -> tuple[int, dict[str, Any]]:
    path = f"/v2/project/{project.key}/create-experiment"
    answer = with_key(world, project)("POST", path, body)
    return answer.status_code, answer.json or {}


def test_a_list_shows_what_the_contract_names_and_no_more(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING, "Banner")
    (row,) = listed(world, project)
    moments = {row.pop("created_at"), row.pop("updated_at")}
    assert row == {
        "test_id": experiment.test_id,
        "test_name": "Banner",
        "url": "",
        "status": 1,
        "is_completed": 0,
    }
    assert all(MOMENT.fullmatch(moment) for moment in moments)


@on_both_databases
def test_a_list_is_newest_first_without_archived_ones_and_without_other_projects(
    world: World,
) -> None:
    project, other = world.project(), world.project()
    world.experiment(other)
    for status in (Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED):
        world.experiment(project, status, status.value)
    rows = [(row["test_name"], row["status"]) for row in listed(world, project)]
    assert rows == [("stopped", 0), ("running", 1), ("draft", 9)]


@on_both_databases
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["e", "d", "c", "b", "a"]),
        ("?limit=2", ["e", "d"]),
        ("?limit=2&offset=2", ["c", "b"]),
        ("?limit=2&offset=4", ["a"]),
        ("?offset=5", []),
        ("?limit=500&offset=0", ["e", "d", "c", "b", "a"]),
        ("?offset=2147483647", []),
    ],
)
def test_a_list_is_paged_by_offset(world: World, query: str, names: list[str]) -> None:
    project = world.project()
    for name in "abcde":
        world.experiment(project, name=name)
    assert [row["test_name"] for row in listed(world, project, query)] == names


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1.0",
        "limit=%D9%A1",
        "limit=99999999999999999999",
        "offset=-1",
        "offset=one",
        "offset=2147483648",
        "offset=%00",
    ],
)
def test_a_list_refuses_a_bad_page(world: World, query: str) -> None:
    project = world.project()
    path = f"/v2/project/{project.key}/experiments?{query}"
    answer = with_key(world, project)("GET", path, None)
    assert answer.status_code == 400
    assert answer.json
    assert list(answer.json) == ["error"]


def test_fifty_are_listed_when_no_limit_is_said(world: World) -> None:
    project = world.project()
    names = world.crowd(project, 51)
    assert [row["test_name"] for row in listed(world, project)] == names[:50]


@pytest.mark.parametrize("caller", CALLERS)
def test_an_experiment_is_created_as_a_draft(world: World, caller: str) -> None:
    project = world.project()
    ask = CALLERS[caller](world, project)
    body = {"test_name": "  Banner ", "url": URL}
    answer = ask("POST", f"/v2/project/{project.key}/create-experiment", body)
    (row,) = listed(world, project)
    expected = {
        "success": True,
        "test_id": row["test_id"],
        "status": 9,
        "goal_profile_id": None,
        "secondary_goals_count": 0,
        "warnings": [NO_GOAL],
    }
    assert (answer.status_code, answer.json) == (200, expected)
    assert (row["test_name"], row["url"], row["status"]) == ("Banner", URL, 9)
    assert world.execute("SELECT kind FROM history") == [("created",)]


@pytest.mark.parametrize(
    ("status", "kept", "written"),
    [
        (9, "draft", []),
        (1, "running", [("draft", "running", Door.INTEGERS.value)]),
        (0, "stopped", [("draft", "stopped", Door.INTEGERS.value)]),
    ],
)
def test_an_experiment_is_created_in_the_wanted_status(
    world: World, status: int, kept: str, written: list[tuple[str, str, str]]
) -> None:
    project = world.project()
    code, body = created(world, project, test_name="Banner", url=URL, status=status)
    assert (code, body["status"]) == (200, status)
    assert world.execute("SELECT status FROM experiment") == [(kept,)]
    changes = "SELECT from_status, to_status, door FROM history WHERE kind = 'changed'"
    assert world.execute(changes) == written


@on_both_databases
def test_created_as_live_at_the_limit_is_403_and_nothing_is_created(world: World) -> None:
    project = world.project(limit=2)
    world.running(project, 2)
    before = world.execute("SELECT id, version FROM project")
    code, body = created(world, project, test_name="Third", url=URL, status=1)
    assert code == 403
    assert body["error"].startswith("Plan limit: ")
    assert world.execute("SELECT count(*) FROM experiment") == [(2,)]
    assert world.execute("SELECT count(*) FROM history WHERE kind = 'changed'") == [(2,)]
    assert world.execute("SELECT id, version FROM project") == before


@pytest.mark.parametrize("status", [9, 0])
def test_at_the_limit_a_draft_is_created_all_the_same(world: World, status: int) -> None:
    project = world.project(limit=0)
    assert created(world, project, test_name="Later", url=URL, status=status)[0] == 200


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"url": URL}, "test_name"),
        ({"test_name": "", "url": URL}, "name"),
        ({"test_name": "   ", "url": URL}, "name"),
        ({"test_name": "x" * 121, "url": URL}, "120"),
        ({"test_name": "two\nlines", "url": URL}, "one line"),
        ({"test_name": "nul\x00", "url": URL}, "control"),
        ({"test_name": 5, "url": URL}, "test_name"),
        ({"test_name": None, "url": URL}, "test_name"),
        ({"test_name": "Banner"}, "url"),
        ({"test_name": "Banner", "url": None}, "url"),
        ({"test_name": "Banner", "url": "shop.example"}, "address"),
        ({"test_name": "Banner", "url": "javascript:alert(1)"}, "address"),
        ({"test_name": "Banner", "url": "https://"}, "address"),
        ({"test_name": "Banner", "url": "http://["}, "address"),
        ({"test_name": "Banner", "url": "https://a b"}, "address"),
        ({"test_name": "Banner", "url": "https://a\x00b"}, "address"),
        ({"test_name": "Banner", "url": "https://a/" + "x" * 2000}, "2000"),
        ({"test_name": "Banner", "url": URL, "status": 2}, "0, 1, or 9"),
        ({"test_name": "Banner", "url": URL, "status": True}, "status"),
        ({"test_name": "Banner", "url": URL, "status": "1"}, "status"),
        ({"test_name": "Banner", "url": URL, "status": None}, "status"),
    ],
)
def test_a_bad_field_is_400_and_nothing_is_created(
    world: World, body: dict[str, object], fault: str
) -> None:
    project = world.project()
    code, answer = created(world, project, **body)
    assert (code, list(answer)) == (400, ["error"])
    assert fault in answer["error"]
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


def test_two_experiments_of_one_name_get_keys_of_their_own(world: World) -> None:
    project = world.project()
    for _ in range(12):
        assert created(world, project, test_name="Banner!", url=URL)[0] == 200
    keys = [row.key for row in world.execute("SELECT key FROM experiment ORDER BY test_id")]
    assert keys[:3] == ["banner", "banner-2", "banner-3"]
    assert len(set(keys)) == 12


@pytest.mark.parametrize("name", ["日本", "!!!", "Ünïcödé", "x" * 120])
def test_any_name_makes_a_usable_key(world: World, name: str) -> None:
    project = world.project()
    assert created(world, project, test_name=name, url=URL)[0] == 200
    (key,) = world.execute("SELECT key FROM experiment")[0]
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", key)


def test_a_viewer_lists_and_does_not_create(world: World) -> None:
    project = world.project()
    viewer = world.browser(world.member(project, Role.VIEWER))
    assert viewer.get(f"/v2/project/{project.key}/experiments").status_code == 200
    path = f"/v2/project/{project.key}/create-experiment"
    answer = viewer.call("POST", path, {"test_name": "Banner", "url": URL})
    assert answer.status_code == 403
    assert answer.json
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize("call", ["experiments", "create-experiment"])
def test_another_projects_key_is_401_and_another_projects_member_404(
    world: World, client: FlaskClient, call: str
) -> None:
    project, other = world.project(), world.project()
    method = "GET" if call == "experiments" else "POST"
    path = f"/v2/project/{project.key}/{call}"
    body = {"test_name": "Banner", "url": URL}
    assert with_key(world, other)(method, path, body).status_code == 401
    assert in_browser(world, other)(method, path, body).status_code == 404
    assert client.open(path, method=method, json=body).status_code == 401
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]
