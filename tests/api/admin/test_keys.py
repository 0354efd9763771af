"""POST /api/admin/keys: a key is minted, told once, and works."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts import api_keys
from app.models import KeyType, Role
from tests.api.asking import with_key
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

EXPERIMENTS = "/api/admin/experiments"
KEYS = "/api/admin/keys"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_key_mints_a_key_that_works_and_is_told_once(world: World, client: FlaskClient) -> None:
    project = world.project()
    answer = with_key(world, project)("POST", KEYS, {"type": "admin", "name": "deploys"})
    assert answer.json
    token = answer.json["key"]
    assert answer.status_code == 201
    assert list(answer.json) == ["id", "type", "name", "key", "created_at"]
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
    [{}, {"type": "reader"}, {"type": None}, {"type": "admin", "name": ""}, {"type": ["admin"]}],
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
