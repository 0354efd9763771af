"""The rest of /api/admin: experiments listed, shown, created and cloned; keys minted."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core.version_tokens import token_of
from app.models import Project, Role, Status
from tests.api.asking import CALLERS, with_key
from tests.conftest import on_both_databases
from tests.world import World

EXPERIMENTS = "/api/admin/experiments"
KEYS = "/api/admin/keys"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def listed(world: World, project: Project, query: str = "") -> dict[str, Any]:
    answer = with_key(world, project)("GET", EXPERIMENTS + query, None)
    assert answer.json
    assert list(answer.json) == ["data", "next_cursor"]
    return answer.json


def test_an_experiment_is_created_as_a_draft(world: World) -> None:
    project = world.project()
    body = {"name": "Banner", "key": "banner_1", "url": "https://a.example", "description": "Why"}
    answer = with_key(world, project)("POST", EXPERIMENTS, body)
    assert answer.json
    assert answer.status_code == 201
    assert answer.json == {"id": answer.json["id"], "name": "Banner"}
    assert re.fullmatch(r"exp_[0-9a-z]{26}", answer.json["id"])
    rows = world.execute("SELECT public_id, key, url, description, status FROM experiment")
    assert rows == [(answer.json["id"], "banner_1", "https://a.example", "Why", "draft")]


def test_a_name_alone_is_enough(world: World) -> None:
    project = world.project()
    answer = with_key(world, project)("POST", EXPERIMENTS, {"name": "Free delivery"})
    assert answer.status_code == 201
    rows = world.execute("SELECT key, url, description, status FROM experiment")
    assert rows == [("free-delivery", "", "", "draft")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x" * 121}, "120"),
        ({"name": "a\x00b"}, "control"),
        ({"name": "a", "key": "Capital"}, "key"),
        ({"name": "a", "key": "with space"}, "key"),
        ({"name": "a", "key": "-first"}, "key"),
        ({"name": "a", "key": "x" * 65}, "key"),
        ({"name": "a", "key": "a\n"}, "key"),
        ({"name": "a", "url": "ftp://a.example"}, "address"),
        ({"name": "a", "description": "x" * 5001}, "5000"),
        ({"name": "a", "description": "a\x00b"}, "control"),
        ([], "body"),
    ],
)
def test_a_bad_field_is_422_and_nothing_is_created(
    world: World, client: FlaskClient, body: object, fault: str
) -> None:
    project = world.project()
    headers = {"X-SDK-Key": world.key(project)}
    answer = client.post(EXPERIMENTS, json=body, headers=headers)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (422, "VALIDATION")
    assert fault in answer.json["detail"]
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


@on_both_databases
def test_a_key_is_unique_in_its_project_only(world: World) -> None:
    for project in (world.project(), world.project()):
        answer = with_key(world, project)("POST", EXPERIMENTS, {"name": "a", "key": "same"})
        assert answer.status_code == 201


HALVES = {
    "variants": [
        {"key": "control", "weight": 5000, "name": "Control", "value": "control"},
        {"key": "treatment", "weight": 5000, "name": "Treatment", "value": "treatment"},
    ],
    "traffic_allocation": 100.0,
    "minimum_days": 7,
    "minimum_visitors": 500,
    "goals": [],
    "audience": [],
    "named_audience": None,
}

IN_THE_CONTRACTS_WORDS = {
    "tag": None,
    "ownerEmail": None,
    "allocationPct": 10_000,
    "groups": [
        {"name": "control", "weight": 5000, "params": {"value": "control"}},
        {"name": "treatment", "weight": 5000, "params": {"value": "treatment"}},
    ],
    "minRuntimeDays": 7,
    "minSampleSize": 500,
}

NOTHING_SAID = {
    "hypothesis": "",
    "ticket_url": "",
    "owner": None,
    "tags": [],
    "outcome": None,
}


@pytest.mark.parametrize("caller", CALLERS)
def test_an_experiment_is_shown_in_full(world: World, caller: str) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.STOPPED, "Banner")
    ask = CALLERS[caller](world, project)
    shown = ask("GET", f"{EXPERIMENTS}/{experiment.public_id}", None).json
    assert shown
    for name in ("created_at", "updated_at", "started_at", "stopped_at"):
        assert MOMENT.fullmatch(shown.pop(name))
    for name in ("updatedAt", "startedAt", "stoppedAt"):
        assert MOMENT.fullmatch(shown.pop(name))
    assert shown.pop("salt")
    assert shown == {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": "banner",
        "name": "Banner",
        "url": "",
        "description": "",
        "status": "stopped",
        "stamp": token_of(experiment.changed_at),
        "version": experiment.version,
        "queue_position": None,
        "schedule": None,
        "shipped": None,
        "allowed_actions": [
            {"action": action, "allowed": True}
            for action in ("resume", "redraft", "archive", "ship", "conclude")
        ],
        **NOTHING_SAID,
        **HALVES,
        **IN_THE_CONTRACTS_WORDS,
    }


def test_archived_experiments_are_shown_and_listed_only_when_asked_for(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.ARCHIVED)
    path = f"{EXPERIMENTS}/{experiment.public_id}"
    shown = with_key(world, project)("GET", path, None).json
    assert shown
    assert (shown["status"], shown["started_at"], shown["stopped_at"]) == ("archived", None, None)
    assert listed(world, project) == {"data": [], "next_cursor": None}
    assert listed(world, project, "?status=archived")["data"] == [shown]


@on_both_databases
@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("limit=2", [["a", "e"], ["d", "c"], ["b"]]),
        ("limit=2&sort=changed", [["a", "e"], ["d", "c"], ["b"]]),
        ("limit=2&sort=newest", [["e", "d"], ["c", "b"], ["a"]]),
        ("limit=3&sort=name", [["a", "b", "c"], ["d", "e"]]),
        ("limit=1&status=draft&sort=name", [["b"], ["c"], ["d"], ["e"]]),
    ],
)
def test_a_list_is_paged_by_cursor_in_each_order_the_newest_change_first(
    world: World, query: str, pages: list[list[str]]
) -> None:
    project, other = world.project(), world.project()
    first, *_ = [world.experiment(project, name=name) for name in "abcde"]
    world.experiment(other)
    world.start(first)
    names, cursor = [], ""
    while cursor is not None:
        page = listed(world, project, f"?{query}&cursor={cursor}")
        names.append([row["name"] for row in page["data"]])
        cursor = page["next_cursor"]
    assert names == pages


@on_both_databases
def test_a_list_is_of_one_owner_and_of_one_tag(world: World) -> None:
    project, email = world.project(), world.user()
    world.give_role(project, email, Role.MARKETER)
    ask = with_key(world, project)
    for body in ({"owner": email, "tags": ["Checkout"]}, {"tags": ["checkout", "b"]}, {}):
        assert ask("POST", EXPERIMENTS, {"name": f"Test {len(body)}", **body}).status_code == 201
    queries = [f"?owner={email}", "?tag=CHECKOUT", "?tag=check", f"?owner={email}&tag=b"]
    found = [[row["name"] for row in listed(world, project, each)["data"]] for each in queries]
    assert found == [["Test 2"], ["Test 1", "Test 2"], [], []]
    nobody = ask("GET", f"{EXPERIMENTS}?owner=nobody@example.test", None)
    assert (nobody.status_code, (nobody.json or {})["code"]) == (422, "REFERENCED_NOT_FOUND")


@on_both_databases
def test_a_page_that_is_just_full_is_the_last(world: World) -> None:
    project = world.project()
    for _ in range(2):
        world.experiment(project)
    assert listed(world, project, "?limit=2")["next_cursor"] is None


@on_both_databases
def test_what_is_created_meanwhile_does_not_shift_the_next_page(world: World) -> None:
    project = world.project()
    for name in "abc":
        world.experiment(project, name=name)
    cursor = listed(world, project, "?limit=1")["next_cursor"]
    world.experiment(project, name="d")
    page = listed(world, project, f"?limit=5&cursor={cursor}")
    assert [row["name"] for row in page["data"]] == ["b", "a"]


def test_the_cursor_of_another_order_is_refused(world: World) -> None:
    project = world.project()
    world.crowd(project, 2)
    cursor = listed(world, project, "?limit=1")["next_cursor"]
    path = f"{EXPERIMENTS}?sort=name&cursor={cursor}"
    answer = with_key(world, project)("GET", path, None)
    assert answer.status_code == 422
    assert (answer.json or {})["detail"] == "cursor is of a list in another order."


def test_a_hundred_are_listed_when_no_limit_is_said(world: World) -> None:
    project = world.project()
    names = world.crowd(project, 101)
    page = listed(world, project, "?sort=newest")
    assert [row["name"] for row in page["data"]] == names[:100]
    rest = listed(world, project, f"?sort=newest&cursor={page['next_cursor']}")
    assert [row["name"] for row in rest["data"]] == names[100:]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "VALIDATION"),
        ("limit=501", 422, "VALIDATION"),
        ("limit=-1", 422, "VALIDATION"),
        ("limit=ten", 422, "VALIDATION"),
        ("limit=", 422, "VALIDATION"),
        ("limit=99999999999999999999", 422, "VALIDATION"),
        ("cursor=exp_none", 422, "VALIDATION"),
        ("cursor=WzEsICIiLCAiY2hhbmdlZCJd&sort=changed", 422, "VALIDATION"),
        ("cursor=WzEsICIiLCAiY2hhbmdlZCJd!", 422, "VALIDATION"),
        ("cursor=W3RydWUsICIiLCAibmV3ZXN0Il0&sort=newest", 422, "VALIDATION"),
        ("cursor=Wzk5OTk5OTk5OTk5LCAiIiwgIm5ld2VzdCJd&sort=newest", 422, "VALIDATION"),
        ("cursor=ä", 422, "VALIDATION"),
        ("sort=oldest", 422, "VALIDATION"),
        ("cursor=%00", 400, "BAD_REQUEST"),
    ],
)
def test_a_list_refuses_a_bad_page(world: World, query: str, status: int, code: str) -> None:
    answer = with_key(world, world.project())("GET", f"{EXPERIMENTS}?{query}", None)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_the_cursor_of_another_project_lists_nothing_of_it(world: World) -> None:
    project, other = world.project(), world.project()
    for _ in range(2):
        world.experiment(other)
    cursor = listed(world, other, "?limit=1")["next_cursor"]
    world.experiment(project, name="Own")
    assert [row["name"] for row in listed(world, project, f"?cursor={cursor}")["data"]] == []


@pytest.mark.parametrize("status", Status)
def test_a_clone_is_a_new_draft_of_anything(world: World, status: Status) -> None:
    project = world.project()
    original = world.experiment(project, status, "Banner")
    path = f"{EXPERIMENTS}/{original.public_id}/clone"
    answer = with_key(world, project)("POST", path, None)
    assert answer.json
    assert (answer.status_code, answer.json["name"]) == (201, "Banner (clone)")
    assert answer.json["id"] != original.public_id
    rows = world.execute(
        "SELECT key, status, clone_of_test_id, started_at FROM experiment WHERE public_id = :id",
        id=answer.json["id"],
    )
    assert rows == [("banner-2", "draft", original.test_id, None)]
    assert world.reload(original).status is status


def test_a_clone_takes_no_slot(world: World) -> None:
    project = world.project(limit=1)
    (running,) = world.running(project, 1)
    path = f"{EXPERIMENTS}/{running.public_id}/clone"
    assert with_key(world, project)("POST", path, None).status_code == 201


def test_with_a_session_the_project_has_to_be_named(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    answer = browser.get(EXPERIMENTS)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (400, "BAD_REQUEST")
    assert "X-Project-Id" in answer.json["detail"]
    assert browser.get(EXPERIMENTS, X_Project_Id=project.key).status_code == 200
    body = {"name": "Banner"}
    made = browser.call("POST", EXPERIMENTS, body, X_Project_Id=project.key)
    assert made.status_code == 201


def test_a_session_opens_no_project_that_it_is_not_a_member_of(world: World) -> None:
    project, other = world.project(), world.project()
    browser = world.browser(world.member(project, Role.OWNER))
    for call in (
        browser.get(EXPERIMENTS, X_Project_Id=other.key),
        browser.call("POST", EXPERIMENTS, {"name": "a"}, X_Project_Id=other.key),
        browser.call("POST", KEYS, {"type": "admin"}, X_Project_Id=other.key),
    ):
        assert call.json
        assert (call.status_code, call.json["code"]) == (404, "NOT_FOUND")
    assert world.execute("SELECT count(*) FROM api_key") == [(0,)]


def test_a_key_that_is_taken_is_told_as_such_and_nothing_is_created(world: World) -> None:
    project = world.project()
    taken = world.experiment(project)
    answer = with_key(world, project)("POST", EXPERIMENTS, {"name": "a", "key": taken.key})
    assert (answer.status_code, answer.json) == (
        409,
        {
            "error": "Already exists",
            "code": "ALREADY_EXISTS",
            "detail": f"The project has an experiment with the key {taken.key} already.",
        },
    )
    assert len(world.execute("SELECT 1 FROM experiment")) == 1


def test_what_was_made_can_be_read_where_its_answer_says(world: World) -> None:
    ask = with_key(world, world.project())
    made = ask("POST", EXPERIMENTS, {"name": "Banner"})
    cloned = ask("POST", f"{made.headers['Location']}/clone", {})
    read = [ask("GET", each.headers["Location"], None).json or {} for each in (made, cloned)]
    assert [each["name"] for each in read] == ["Banner", "Banner (clone)"]


@pytest.mark.parametrize("word", ["bulk", "stop-all"])
def test_a_word_of_the_addresses_is_no_experiment(world: World, word: str) -> None:
    ask = with_key(world, world.project())
    answer = ask("GET", f"{EXPERIMENTS}/{word}", None)
    assert (answer.status_code, {*answer.headers["Allow"].split(", ")}) == (
        405,
        {"OPTIONS", "POST"},
    )
    assert ask("GET", f"{EXPERIMENTS}/{word}s", None).status_code == 404


@on_both_databases
def test_a_list_is_of_one_status_and_of_what_a_search_finds(world: World) -> None:
    project = world.project()
    for status in (Status.DRAFT, Status.STOPPED, Status.ARCHIVED):
        world.experiment(project, status, f"Banner {status}")
    world.experiment(project, Status.ARCHIVED, "Footer")
    names = {
        query: [each["name"] for each in listed(world, project, query)["data"]]
        for query in ("?status=archived", "?q=BANNER", "?status=archived&q=banner", "?q=nothing")
    }
    assert names == {
        "?status=archived": ["Footer", "Banner archived"],
        "?q=BANNER": ["Banner stopped", "Banner draft"],
        "?status=archived&q=banner": ["Banner archived"],
        "?q=nothing": [],
    }
    first = listed(world, project, "?status=archived&limit=1")
    second = listed(world, project, f"?status=archived&limit=1&cursor={first['next_cursor']}")
    assert [each["name"] for each in second["data"]] == ["Banner archived"]
    refused = with_key(world, project)("GET", f"{EXPERIMENTS}?status=live", None)
    assert (refused.json or {})["detail"] == (
        "status: has to be one of draft, running, stopped, archived."
    )


@pytest.mark.parametrize("key", ["bulk", "stop-all", f"exp_{'0' * 26}"])
def test_a_key_that_would_name_something_else_is_given_to_no_experiment(
    world: World, key: str
) -> None:
    project = world.project()
    ask = with_key(world, project)
    asked_for = ask("POST", EXPERIMENTS, {"name": "Banner", "key": key})
    assert (asked_for.status_code, (asked_for.json or {})["code"]) == (422, "VALIDATION")
    assert "choose another" in (asked_for.json or {})["detail"]
    assert ask("POST", EXPERIMENTS, {"name": "Bulk"}).status_code == 201
    assert [each["key"] for each in listed(world, project)["data"]] == ["bulk-2"]


@on_both_databases
def test_a_name_that_can_be_a_key_is_the_key_and_is_taken_once(world: World) -> None:
    ask = with_key(world, world.project())
    made = ask("POST", EXPERIMENTS, {"name": "checkout-button"})
    assert made.status_code == 201
    assert (ask("GET", f"{EXPERIMENTS}/checkout-button", None).json or {})["id"] == (
        made.json or {}
    )["id"]
    again = ask("POST", EXPERIMENTS, {"name": "checkout-button"})
    assert (again.status_code, (again.json or {})["code"]) == (409, "ALREADY_EXISTS")
    # With a key of its own, the name is a name.
    assert ask("POST", EXPERIMENTS, {"name": "checkout-button", "key": "b"}).status_code == 201


CONTROL = {"name": "control", "weight": 4000}
THEIRS: dict[str, Any] = {
    "name": "checkout-button",
    "universe": "default",
    "owner_email": None,
    "tag": "Checkout",
    "audience": None,
    "groups": [
        CONTROL,
        {"name": "bold", "weight": 6000, "params": {"colour": "red"}},
    ],
    "allocation_pct": 2550,
    "min_runtime_days": 3,
    "min_sample_size": 100,
    "goal_metric": {"event": "buy"},
    "guardrail_metrics": [{"name": "complain", "aggregation": "count_users"}],
}


@on_both_databases
def test_the_contracts_own_words_create_and_are_read_again(world: World) -> None:
    project = world.project()
    for key in ("buy", "complain"):
        world.goal(project, key)
    ask = with_key(world, project)
    assert ask("POST", EXPERIMENTS, THEIRS).status_code == 201
    shown = ask("GET", f"{EXPERIMENTS}/checkout-button", None).json
    assert shown
    assert shown["groups"] == [{"params": {}, **group} for group in THEIRS["groups"]]
    assert (shown["allocationPct"], shown["traffic_allocation"]) == (2550, 25.5)
    assert (shown["minRuntimeDays"], shown["minSampleSize"]) == (3, 100)
    assert (shown["tag"], shown["tags"], shown["ownerEmail"]) == ("checkout", ["checkout"], None)
    assert shown["goals"] == [
        {"key": "buy", "role": "primary"},
        {"key": "complain", "role": "guardrail", "margin": 2.0},
    ]
    changed = ask(
        "PATCH", f"{EXPERIMENTS}/checkout-button", {"allocation_percent": 50, "tag": None}
    )
    assert changed.status_code == 200
    shown = ask("GET", f"{EXPERIMENTS}/checkout-button", None).json or {}
    assert (shown["traffic_allocation"], shown["tags"]) == (50.0, [])


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ({"groups": [{"name": "a", "weight": 1}] * 2}, "VALIDATION", "same key"),
        ({"groups": [CONTROL, {"name": "b", "weight": 2}]}, "GROUPS_WEIGHT_SUM", "100 %"),
        ({"goal_metric": {"event": "nothing"}}, "REFERENCED_NOT_FOUND", "no goal nothing"),
        ({"goal_metric": {}}, "VALIDATION", "Name the goal by its key"),
        ({"goal_metric": {"event": "buy", "aggregation": "sum"}}, "VALIDATION", "count_users"),
        ({"owner_email": "nobody@example.test"}, "REFERENCED_NOT_FOUND", "no member"),
        ({"tag": "a", "tags": ["b"]}, "VALIDATION", "tag and tags say the same"),
        ({"allocation_pct": 1, "allocation_percent": 2}, "VALIDATION", "say the same"),
        ({"universe": "mobile"}, "VALIDATION", "universe: has to be one of default"),
        ({"audience": "beta"}, "VALIDATION", "audience"),
        ({"salt": "x"}, "VALIDATION", "There is no member salt here."),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_done_in_the_contracts_words_is_422_and_creates_nothing(
    world: World, body: dict[str, object], code: str, told: str
) -> None:
    ask = with_key(world, world.project())
    answer = ask("POST", EXPERIMENTS, {"name": "checkout-button", **body})
    assert (answer.status_code, (answer.json or {})["code"]) == (422, code)
    assert told in (answer.json or {})["detail"]
    assert world.execute("SELECT count(*) FROM experiment") == [(0,)]


@on_both_databases
def test_deleting_archives_what_is_not_live(world: World) -> None:
    project = world.project()
    ask = with_key(world, project)
    running = world.experiment(project, Status.RUNNING)
    path = f"{EXPERIMENTS}/{running.public_id}"
    refused = ask("DELETE", path, {})
    assert (refused.status_code, (refused.json or {})["code"]) == (
        409,
        "EXPERIMENT_RUNNING_ARCHIVE",
    )
    assert ask("POST", f"{path}/status", {"status": "stopped"}).status_code == 200
    gone = ask("DELETE", path, {"reason": "Lost", "outcome": "lost"})
    assert gone.json == {"ok": True, "id": running.public_id, "status": "archived"}
    assert world.entries(running)[-1].reason == "Lost"
    again = ask("DELETE", path, {})
    assert (again.status_code, (again.json or {})["refusal"]["code"]) == (409, "ALREADY_ARCHIVED")


@on_both_databases
def test_texts_change_whatever_the_status_and_a_design_in_draft_alone(world: World) -> None:
    project, email = world.project(), world.user()
    world.give_role(project, email, Role.MARKETER)
    ask = with_key(world, project)
    running = world.experiment(project, Status.RUNNING, "Banner")
    path = f"{EXPERIMENTS}/{running.public_id}"
    texts = {"name": "Other", "hypothesis": "Because", "owner": email, "tags": ["b", "a"]}
    answer = ask("PATCH", path, texts)
    assert answer.status_code == 200
    assert {name: (answer.json or {})[name] for name in texts} == {**texts, "tags": ["a", "b"]}
    both = ask("PATCH", path, {"name": "Third", "traffic_allocation": 5})
    assert (both.status_code, (both.json or {})["code"]) == (409, "EXPERIMENT_NOT_DRAFT")
    assert world.reload(running).name == "Other"
    assert ask("PATCH", path, {"name": ""}).status_code == 422
    assert ask("PATCH", path, {"owner": None}).status_code == 200
    assert (ask("GET", path, None).json or {})["owner"] is None
