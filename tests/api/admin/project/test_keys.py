"""Keys by the API: minted, told once, listed, revoked, rotated."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.accounts.key_access import token_hash
from app.models import Actor, Door, Experiment, KeyType, Project, Role, Scope, Status, now
from tests.api.asking import Ask, with_key
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

EXPERIMENTS = "/api/admin/experiments"
KEYS = "/api/admin/keys"
Body = Mapping[str, object]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_key_mints_a_key_that_works_and_is_told_once(world: World, client: FlaskClient) -> None:
    project = world.project()
    answer = with_key(world, project)("POST", KEYS, {"type": "admin", "name": "deploys"})
    assert answer.json
    token = answer.json["key"]
    assert answer.status_code == 201
    assert list(answer.json) == [
        "id",
        "type",
        "env",
        "name",
        "key",
        "scopes",
        "created_at",
        "expires_at",
    ]
    assert (answer.json["type"], answer.json["name"]) == ("admin", "deploys")
    assert MOMENT.fullmatch(answer.json["created_at"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(EXPERIMENTS, headers={"X-SDK-Key": token}).status_code == 200
    rows = world.execute("SELECT project_id, last4 FROM api_key WHERE name = 'deploys'")
    assert rows == [(project.id, token[-4:])]


def test_a_key_needs_no_name(world: World) -> None:
    answer = with_key(world, world.project())("POST", KEYS, {"type": "admin"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.MARKETER, 403), (Role.OWNER, 201)]
)
def test_only_an_owners_session_mints_keys(world: World, role: Role, status: int) -> None:
    project = world.project()
    browser = world.browser(world.member(project, role))
    answer = browser.call("POST", KEYS, {"type": "admin"}, X_Project_Id=project.key)
    assert answer.status_code == status
    assert world.execute("SELECT count(*) FROM api_key") == [(1 if status == 201 else 0,)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "reader"},
        {"type": None},
        {"type": "admin", "name": ""},
        {"type": ["admin"]},
        {"type": "admin", "env": "dev"},
        {"type": "admin", "scopes": []},
        {"type": "admin", "scopes": ["all"]},
        {"type": "admin", "scopes": "read"},
        {"type": "server", "scopes": ["read"]},
        {"type": "admin", "expiresInDays": 0},
        {"type": "admin", "expiresInDays": 3651},
        {"type": "admin", "expiresInDays": True},
        {"type": "admin", "expiresInDays": "30"},
        {"type": "admin", "expiresInDays": 30.0},
        {"type": "admin", "expires_in_days": 30},
    ],
)
def test_a_bad_key_request_is_422_and_mints_nothing(world: World, body: object) -> None:
    answer = with_key(world, world.project())("POST", KEYS, body)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (422, "VALIDATION")
    assert world.execute("SELECT count(*) FROM api_key") == [(1,)]


def mint(client: FlaskClient, token: str) -> str:
    answer = client.post(KEYS, json={"type": "admin"}, headers={"X-SDK-Key": token})
    assert answer.json
    return answer.json["key"]


def opens(client: FlaskClient, token: str) -> bool:
    return client.get(EXPERIMENTS, headers={"X-SDK-Key": token}).status_code == 200


@on_both_databases
def test_a_revoked_key_takes_those_with_it_that_it_minted(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    first, other = world.key(project), world.key(project)
    child, nephew = mint(client, first), mint(client, other)
    grandchild = mint(client, child)
    world.revoke(project, 1)
    tokens = (first, child, grandchild, other, nephew)
    assert [opens(client, token) for token in tokens] == [False, False, False, True, True]


def test_a_revoked_child_leaves_its_parent_alone(world: World, client: FlaskClient) -> None:
    project = world.project()
    parent = world.key(project)
    child = mint(client, parent)
    world.revoke(project, 2)
    assert (opens(client, parent), opens(client, child)) == (True, False)


def test_no_key_lives_longer_than_the_one_that_minted_it(world: World, client: FlaskClient) -> None:
    project = world.project()
    with world.app.app_context():
        lifetime = timedelta(days=1)
        parent = api_keys.mint(project.id, KeyType.ADMIN, "a day", COMMAND_LINE, lifetime).token
    child = mint(client, parent)
    ends = {row.expires_at for row in world.execute("SELECT expires_at FROM api_key")}
    assert len(ends) == 1
    assert opens(client, child)
    world.execute("UPDATE api_key SET expires_at = '2026-01-01 00:00:00+00:00' WHERE id = 2")
    assert not opens(client, child)


def limited(world: World, project: Project, *scopes: Scope, days: int | None = None) -> Ask:
    """As a program with a limited key."""
    lifetime = None if days is None else timedelta(days=days)
    with world.app.app_context():
        token = api_keys.mint(
            project.id, KeyType.ADMIN, "limited", COMMAND_LINE, lifetime, scopes or None
        ).token
    return by_token(world, token)


def by_token(world: World, token: str) -> Ask:
    client = world.app.test_client(use_cookies=False)

    def ask(method: str, path: str, body: object = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(path, method=method, json=body, headers=headers)

    return ask


def json_of(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.json
    assert isinstance(answer.json, dict)
    return answer.json


def test_a_key_is_limited_and_expires_as_it_is_asked_for(world: World) -> None:
    ask = with_key(world, world.project())
    body = {"type": "admin", "scopes": ["read", "pause", "read"], "expiresInDays": 3650}
    made = json_of(ask("POST", KEYS, body), 201)
    assert made["scopes"] == ["read", "pause"]
    assert days_until(made["expires_at"]) == 3650


def days_until(moment: str) -> int:
    return round((datetime.fromisoformat(moment) - now()) / timedelta(days=1))


@pytest.mark.parametrize("body", [{}, {"expiresInDays": None, "scopes": None, "env": "prod"}])
def test_without_a_limit_a_key_may_everything_for_ever(world: World, body: Body) -> None:
    ask = with_key(world, world.project())
    made = json_of(ask("POST", KEYS, {"type": "admin", **body}), 201)
    assert (made["scopes"], made["expires_at"], made["env"]) == (None, None, "prod")


def test_what_is_wrong_with_a_number_of_days_is_said_in_plain_words(world: World) -> None:
    answer = with_key(world, world.project())("POST", KEYS, {"type": "admin", "expiresInDays": 0})
    assert json_of(answer, 422)["detail"] == "expiresInDays is a whole number from 1 to 3650."


@pytest.mark.parametrize(
    ("scopes", "status", "given"),
    [
        (None, 201, ["pause", "keys"]),
        (["pause"], 201, ["pause"]),
        (["read"], 403, None),
        (["pause", "start"], 403, None),
    ],
)
def test_a_limited_key_gives_no_scope_that_it_has_not(
    world: World, scopes: list[str] | None, status: int, given: list[str] | None
) -> None:
    ask = limited(world, world.project(), Scope.PAUSE, Scope.KEYS)
    body = {"type": "admin", **({"scopes": scopes} if scopes else {})}
    assert json_of(ask("POST", KEYS, body), status).get("scopes") == given


def test_a_key_that_was_minted_by_one_ends_with_it_or_sooner(world: World) -> None:
    ask = limited(world, world.project(), days=10)
    ends = [
        json_of(ask("POST", KEYS, {"type": "admin", **body}), 201)["expires_at"]
        for body in ({}, {"expiresInDays": 3}, {"expiresInDays": 30})
    ]
    assert [days_until(end) for end in ends] == [10, 3, 10]


def test_the_list_says_whose_each_key_is_and_what_it_may_and_never_a_token(world: World) -> None:
    project = world.project()
    browser = world.browser(email := world.member(project, Role.OWNER))
    body = {"type": "admin", "name": "watchdog", "scopes": ["pause", "keys"], "expiresInDays": 30}
    made = json_of(browser.call("POST", KEYS, body, X_Project_Id=project.key), 201)
    ask = by_token(world, made["key"])
    child = json_of(ask("POST", KEYS, {"type": "client", "name": "shop"}), 201)
    assert (child["scopes"], days_until(child["expires_at"])) == (None, 30)
    listed = json_of(ask("GET", KEYS, None))
    assert listed["next_cursor"] is None
    first, second = listed["data"]
    assert first == {
        "id": child["id"],
        "type": "client",
        "env": "prod",
        "name": "shop",
        "prefix": "sdk_client_",
        "last4": child["key"][-4:],
        "scopes": None,
        "created_by_email": email,
        "created_by_key": {"id": made["id"], "name": "watchdog"},
        "replaces": None,
        "created_at": child["created_at"],
        "expires_at": made["expires_at"],
        "revoked_at": None,
        "last_used_at": None,
    }
    assert second["scopes"] == ["pause", "keys"]
    assert (second["created_by_email"], second["created_by_key"]) == (email, None)
    assert MOMENT.fullmatch(second["last_used_at"])
    told = str(listed)
    assert made["key"] not in told
    assert child["key"] not in told
    assert token_hash(made["key"]) not in told


@on_both_databases
def test_the_list_is_read_page_by_page_and_names_no_other_projects_keys(world: World) -> None:
    project, other = world.project(), world.project()
    world.key(other, "theirs")
    ask = with_key(world, project)
    for number in range(4):
        world.key(project, f"key {number}")
    first = json_of(ask("GET", f"{KEYS}?limit=2", None))
    second = json_of(ask("GET", f"{KEYS}?limit=3&cursor={first['next_cursor']}", None))
    names = [[each["name"] for each in page["data"]] for page in (first, second)]
    assert names == [["key 3", "key 2"], ["key 1", "key 0", "key"]]
    assert second["next_cursor"] is None
    found = json_of(ask("GET", f"{KEYS}?q=EY 2", None))
    assert [each["name"] for each in found["data"]] == ["key 2"]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "cursor=x", "cursor=-1", "type=admin"])
def test_a_list_that_is_asked_for_badly_is_422(world: World, query: str) -> None:
    answer = with_key(world, world.project())("GET", f"{KEYS}?{query}", None)
    assert json_of(answer, 422)["code"] == "VALIDATION"


def test_a_revoked_key_opens_nothing_and_revoking_it_again_changes_nothing(world: World) -> None:
    project = world.project()
    ask, token = with_key(world, project), world.key(project, "leaked")
    nothing = {"stops": [], "starts": [], "queued": []}
    revoked = {"id": "2", "revoked": True, "planned": nothing}
    assert json_of(ask("POST", f"{KEYS}/2/revoke", None)) == revoked
    at = world.execute("SELECT revoked_at FROM api_key WHERE id = 2")
    assert json_of(ask("POST", f"{KEYS}/2/revoke", {})) == revoked
    assert world.execute("SELECT revoked_at FROM api_key WHERE id = 2") == at
    assert by_token(world, token)("GET", EXPERIMENTS, None).status_code == 401


@pytest.mark.parametrize("way", ["revoke", "rotate"])
@pytest.mark.parametrize("key_id", ["2", "99", "0", "2147483648", "x"])
def test_a_key_that_the_project_has_not_is_404(world: World, way: str, key_id: str) -> None:
    project = world.project()
    ask = with_key(world, project)
    theirs = world.key(world.project())
    answer = ask("POST", f"{KEYS}/{key_id}/{way}", None)
    assert json_of(answer, 404)["code"] == "NOT_FOUND"
    assert by_token(world, theirs)("GET", EXPERIMENTS, None).status_code == 200


def queued_by(world: World, project: Project, key_id: int) -> Experiment:
    """Return what a key has queued, in a full project, and a live one that it is to stop."""
    live, waiting = world.experiment(project, Status.RUNNING, "Live"), world.experiment(project)
    key = Actor(Door.NAMES, api_key_id=key_id)
    world.queue(waiting, key)
    world.schedule(live, stop_at=now() + timedelta(days=1), actor=key)
    return waiting


@pytest.mark.parametrize("choice", ["keep", "drop"])
def test_whoever_revokes_a_key_says_what_becomes_of_its_starts(world: World, choice: str) -> None:
    project = world.project(limit=1)
    ask = with_key(world, project)
    world.key(project, "nightly")
    waiting = queued_by(world, project, 2)
    undecided = json_of(ask("POST", f"{KEYS}/2/revoke", None), 422)
    assert waiting.name in undecided["detail"]
    told = json_of(ask("POST", f"{KEYS}/2/revoke", {"starts": choice}))
    assert told["planned"] == {"stops": ["Live"], "starts": [], "queued": [waiting.name]}
    assert world.line(project) == ([waiting.test_id] if choice == "keep" else [])


def test_a_key_that_may_start_nothing_keeps_no_start_of_another(world: World) -> None:
    project = world.project(limit=1)
    ask = limited(world, project, Scope.KEYS)
    world.key(project, "nightly")
    queued_by(world, project, 2)
    answer = ask("POST", f"{KEYS}/2/revoke", {"starts": "keep"})
    assert json_of(answer, 403)["detail"] == "This takes the scope start; this key has keys."
    assert json_of(ask("POST", f"{KEYS}/2/revoke", {"starts": "drop"}))["revoked"]


def test_a_key_that_revokes_itself_keeps_no_starts(world: World) -> None:
    project = world.project(limit=1)
    ask = with_key(world, project)
    queued_by(world, project, 1)
    kept = ask("POST", f"{KEYS}/1/revoke", {"starts": "keep"})
    assert json_of(kept, 422)["code"] == "VALIDATION"
    dropped = json_of(ask("POST", f"{KEYS}/1/revoke", {"starts": "drop"}))
    assert dropped["planned"]["queued"]
    assert ask("GET", KEYS, None).status_code == 401
