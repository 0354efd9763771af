"""POST /api/admin/experiments/bulk: many at once, and the rehearsal of it."""

from datetime import timedelta
from typing import Any

import pytest

from app.models import Experiment, Kind, Project, Role, Status, now
from tests.api.asking import CALLERS, Ask, with_key
from tests.conftest import on_both_databases
from tests.world import World

DRAFT, RUNNING, STOPPED, ARCHIVED = Status.DRAFT, Status.RUNNING, Status.STOPPED, Status.ARCHIVED
PATH = "/api/admin/experiments/bulk"


def asking(world: World, project: Project, caller: str = "key") -> Ask:
    """Somebody who asks for many at once, in the browser too."""
    if caller == "key":
        return with_key(world, project)
    browser = world.browser(world.member(project))
    return lambda method, path, body: browser.call(method, path, body, X_Project_Id=project.key)


def ids(*experiments: Experiment) -> list[str]:
    return [each.public_id for each in experiments]


def statuses(world: World, *experiments: Experiment) -> list[Status]:
    return [world.reload(each).status for each in experiments]


def busy(world: World) -> tuple[Project, Experiment, Experiment, Experiment]:
    """A project with two slots, one of them taken, and two drafts."""
    project = world.project(limit=2)
    (running,) = world.running(project, 1)
    return project, running, world.experiment(project), world.experiment(project)


@on_both_databases
@pytest.mark.parametrize("caller", CALLERS)
def test_as_many_as_fit_are_changed_and_each_answer_says_what_came(
    world: World, caller: str
) -> None:
    project, running, first, second = busy(world)
    body = {"ids": ids(first, second, running), "status": "running", "reason": "Launch"}
    answer = asking(world, project, caller)("POST", PATH, body)
    assert answer.status_code == 207
    assert answer.headers["HX-Trigger"] == "experiments-changed"
    came: Any = answer.json
    went, refused, already = came.pop("items")
    assert came == {
        "done": True,
        "slots_before": {"limit": 2, "running": 1},
        "slots_after": {"limit": 2, "running": 2},
    }
    assert went == {
        "id": first.public_id,
        "name": first.name,
        "status": "running",
        "outcome": "done",
    }
    assert already == {
        "id": running.public_id,
        "name": running.name,
        "status": "running",
        "outcome": "already",
        "already": True,
    }
    assert (refused["status"], refused["outcome"]) == ("draft", "refused")
    assert refused["detail"].endswith("and 2 are running.")
    assert (refused["refusal"]["code"], refused["refusal"]["limit"]) == ("PLAN_LIMIT", 2)
    assert [each["id"] for each in refused["refusal"]["holders"]] == ids(first, running)
    assert world.entries(first)[-1].reason == "Launch"


def test_all_or_nothing_says_that_nothing_is_done(world: World) -> None:
    project, _, first, second = busy(world)
    body = {"ids": ids(first, second), "status": "running", "mode": "all_or_nothing"}
    answer = asking(world, project)("POST", PATH, body)
    came: Any = answer.json
    assert (answer.status_code, came["done"]) == (409, False)
    assert [each["outcome"] for each in came["items"]] == ["not_done", "refused"]
    assert [each["status"] for each in came["items"]] == ["draft", "draft"]
    assert ["refusal" in each for each in came["items"]] == [False, True]
    assert came["slots_after"] == came["slots_before"] == {"limit": 2, "running": 1}
    assert statuses(world, first, second) == [DRAFT, DRAFT]


def test_a_repeated_pause_is_a_success_and_one_of_nothing_that_runs_is_none(world: World) -> None:
    project, running, first, _ = busy(world)
    ask, body = asking(world, project), {"ids": ids(running), "status": "stopped"}
    answers = [ask("POST", PATH, body) for _ in range(2)]
    told: list[Any] = [(answer.status_code, answer.json) for answer in answers]
    assert [(status, came["items"][0]["outcome"]) for status, came in told] == [
        (200, "done"),
        (200, "already"),
    ]
    refused = ask("POST", PATH, {"ids": ids(first), "status": "stopped"})
    assert (refused.status_code, (refused.json or {})["done"]) == (409, False)


@on_both_databases
@pytest.mark.parametrize("mode", ["as_many_as_fit", "all_or_nothing"])
def test_a_dry_run_answers_as_the_real_one_and_changes_nothing(world: World, mode: str) -> None:
    project, _, first, second = busy(world)
    ask = asking(world, project)
    body = {"ids": ids(second, first), "status": "running", "mode": mode}
    dry = ask("POST", PATH, {**body, "dry_run": True})
    assert "HX-Trigger" not in dry.headers
    assert statuses(world, first, second) == [DRAFT, DRAFT]
    assert (world.entries(first), world.entries(second)) == ([], [])
    expected: Any = dry.json
    assert expected.pop("dry_run") is True
    del expected["history"]
    came: Any = ask("POST", PATH, body).json
    for document in (expected, came):
        for item in document["items"]:
            for holder in item.get("refusal", {}).get("holders", []):
                del holder["running_since"]
    assert came == expected


@on_both_databases
def test_without_a_readable_plan_the_slots_are_unknown(world: World) -> None:
    project, _, first, _ = busy(world)
    ask = asking(world, project)
    world.execute("ALTER TABLE plan RENAME TO gone")
    came: Any = ask("POST", PATH, {"ids": ids(first), "status": "running"}).json
    assert (came["slots_before"], came["slots_after"]) == (None, None)
    assert came["items"][0]["refusal"] == {"code": "PLAN_UNREADABLE", "ways_out": ["try_later"]}


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_id_of_another_project_or_none_at_all_changes_nothing(
    world: World, *, dry_run: bool
) -> None:
    project, _, first, _ = busy(world)
    _, theirs, _, _ = busy(world)
    for foreign in (theirs.public_id, "exp_none", "", "\0", "x" * 4000, str(first.test_id)):
        body = {"ids": [first.public_id, foreign], "status": "running", "dry_run": dry_run}
        answer = asking(world, project)("POST", PATH, body)
        assert answer.status_code == 404
        assert answer.json == {
            "error": "Not found",
            "code": "NOT_FOUND",
            "detail": "Experiment not found.",
        }
    assert statuses(world, first, theirs) == [DRAFT, RUNNING]
    assert world.entries(first) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"ids": []},
        {"ids": None},
        {"ids": "exp_1"},
        {"ids": [1]},
        {"ids": [None]},
        {"ids": {"exp_1": 1}},
        {"status": "live"},
        {"status": 1},
        {"status": None},
        {"mode": "some"},
        {"mode": None},
        {"dry_run": 1},
        {"dry_run": "true"},
        {"dry_run": None},
        {"reason": "x" * 501},
        {"reason": ["why"]},
    ],
    ids=str,
)
def test_a_body_that_cannot_be_used_changes_nothing(world: World, wrong: dict[str, object]) -> None:
    project, _, first, _ = busy(world)
    body = {"ids": ids(first), "status": "running", **wrong}
    answer = asking(world, project)("POST", PATH, body)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["code"] == "VALIDATION"
    assert statuses(world, first) == [DRAFT]


@on_both_databases
@pytest.mark.parametrize(("count", "status"), [(200, 200), (201, 422)])
def test_two_hundred_are_the_most(world: World, count: int, status: int) -> None:
    project, _, first, _ = busy(world)
    body = {"ids": ids(first) * count, "status": "archived"}
    assert asking(world, project)("POST", PATH, body).status_code == status


@on_both_databases
def test_as_many_as_a_body_can_name_are_no_failure(world: World) -> None:
    project, *_ = busy(world)
    body = {"ids": [f"{number:x}" for number in range(8000)], "status": "archived"}
    assert asking(world, project)("POST", PATH, body).status_code == 404


def test_viewers_change_nothing_not_even_for_a_try(world: World) -> None:
    project, _, first, _ = busy(world)
    viewer = world.browser(world.member(project, Role.VIEWER))
    for dry_run in (False, True):
        body = {"ids": ids(first), "status": "running", "dry_run": dry_run}
        assert viewer.call("POST", PATH, body, X_Project_Id=project.key).status_code == 403
    assert statuses(world, first) == [DRAFT]


def test_a_key_of_another_project_knows_none_of_them(world: World) -> None:
    project, _, first, _ = busy(world)
    other, *_ = busy(world)
    body = {"ids": ids(first), "status": "running"}
    assert asking(world, other)("POST", PATH, body).status_code == 404
    client = world.app.test_client(use_cookies=False)
    headers = {"X-SDK-Key": world.key(other), "X-Project-Id": project.key}
    assert client.post(PATH, json=body, headers=headers).status_code == 403
    assert statuses(world, first) == [DRAFT]


def test_what_waits_and_is_told_to_pause_beside_others_is_said_to_leave_the_queue(
    world: World,
) -> None:
    project = world.project(limit=1)
    (live,) = world.running(project, 1)
    (queued,) = world.queued(project, 1)
    body = {"ids": [live.public_id, queued.public_id], "status": "stopped"}
    ask = asking(world, project)
    for dry_run in (True, False):
        answer = ask("POST", PATH, body | {"dry_run": dry_run})
        first, second = answer.get_json()["items"]
        assert (first["status"], first.get("left_queue")) == ("stopped", None)
        assert (second["status"], second["left_queue"]) == ("draft", True)
    assert world.line(project) == []


def test_a_draft_that_is_told_to_be_one_is_done_where_that_drops_its_start(world: World) -> None:
    project = world.project()
    draft = world.experiment(project)
    ask, body = asking(world, project), {"ids": [draft.public_id], "status": "draft"}
    path = f"/api/admin/experiments/{draft.public_id}/schedule"
    ask("PUT", path, {"start_at": (now() + timedelta(days=1)).isoformat()})
    for dry_run in (True, False):
        (item,) = ask("POST", PATH, body | {"dry_run": dry_run}).get_json()["items"]
        assert (item["outcome"], item["dropped_start"]) == ("done", True)
    assert ask("GET", path, None).get_json()["start_at"] is None
    (again,) = ask("POST", PATH, body).get_json()["items"]
    assert (again["outcome"], "dropped_start" in again) == ("already", False)


def test_each_refused_one_is_in_its_own_history(world: World) -> None:
    project, running, first, second = busy(world)
    body = {"ids": ids(first, second, running), "status": "stopped"}
    ask = asking(world, project)
    for _ in range(2):
        ask("POST", PATH, body)
    for draft in (first, second):
        (entry,) = world.entries(draft)
        assert (entry.kind, entry.times, entry.door) == (Kind.REFUSED, 2, "api")
    assert statuses(world, running, first) == [STOPPED, DRAFT]


def test_an_outcome_that_was_decided_stays_and_is_told(world: World) -> None:
    project = world.project()
    decided, other = (world.experiment(project, STOPPED) for _ in range(2))
    world.ship(decided)
    body = {"ids": ids(decided, other), "status": "archived", "outcome": "lost"}
    came: Any = asking(world, project)("POST", PATH, body).json
    assert [each.get("kept_outcome") for each in came["items"]] == ["won", None]
    assert [world.reload(each).conclusion for each in (decided, other)] == ["won", "lost"]
