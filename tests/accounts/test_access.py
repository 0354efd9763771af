"""Keys as they are kept, used, expired and revoked."""

import logging
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts import api_keys
from app.accounts.key_access import token_hash
from app.core.errors import NotFound
from app.models import KeyType, Project, now
from tests.conftest import on_both_databases
from tests.statements import recorded
from tests.world import COMMAND_LINE, World

TABLES = ("plan", "user_account", "project", "membership", "api_key", "experiment", "history")


def answer_to(client: FlaskClient, project: Project, token: str) -> int:
    path = f"/v2/project/{project.key}/experiments"
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def minted(world: World, project: Project, lifetime: timedelta | None) -> str:
    with world.app.app_context():
        return api_keys.mint(project.id, KeyType.ADMIN, "nightly job", COMMAND_LINE, lifetime).token


@on_both_databases
def test_the_database_holds_the_hash_of_a_token_and_never_the_token(world: World) -> None:
    token = world.key(world.project())
    kept = " ".join(str(world.execute(f"SELECT * FROM {table}")) for table in TABLES)  # noqa: S608
    assert token_hash(token) in kept
    assert token not in kept
    assert token.removeprefix("sdk_admin_") not in kept


def test_a_key_is_told_by_its_prefix_and_last_four(world: World) -> None:
    token = world.key(world.project())
    assert token.startswith("sdk_admin_")
    assert len(token) >= len("sdk_admin_") + 40
    rows = world.execute("SELECT type, prefix, last4 FROM api_key")
    assert rows == [("admin", "sdk_admin_", token[-4:])]


def test_two_tokens_are_never_the_same(world: World) -> None:
    project = world.project()
    assert world.key(project) != world.key(project)


@pytest.mark.parametrize(
    ("lifetime", "status"),
    [
        pytest.param(None, 200, id="no end"),
        pytest.param(timedelta(minutes=1), 200, id="a minute to go"),
        pytest.param(timedelta(microseconds=-1), 401, id="just over"),
        pytest.param(timedelta(days=-400), 401, id="long over"),
    ],
)
def test_a_key_works_until_it_expires(
    world: World, client: FlaskClient, lifetime: timedelta | None, status: int
) -> None:
    project = world.project()
    assert answer_to(client, project, minted(world, project, lifetime)) == status


def test_a_revoked_key_opens_nothing_and_the_others_go_on(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    gone, other = world.key(project), world.key(project)
    key_id = world.execute("SELECT min(id) AS id FROM api_key")[0].id
    world.revoke(project, key_id)
    assert answer_to(client, project, gone) == 401
    assert answer_to(client, project, other) == 200


@on_both_databases
def test_revoking_again_keeps_the_first_moment(world: World) -> None:
    project = world.project()
    world.key(project)
    moments = []
    for _ in range(2):
        world.revoke(project, 1)
        moments.append(world.execute("SELECT revoked_at FROM api_key"))
    assert moments[0] == moments[1]


def test_no_project_revokes_anothers_key(world: World, client: FlaskClient) -> None:
    project, other = world.project(), world.project()
    token = world.key(project)
    with pytest.raises(NotFound):
        world.revoke(other, 1)
    assert answer_to(client, project, token) == 200


def test_first_use_is_noted(world: World, client: FlaskClient) -> None:
    project = world.project()
    token = world.key(project)
    assert world.execute("SELECT last_used_at FROM api_key") == [(None,)]
    answer_to(client, project, token)
    with world.app.app_context():
        (key,) = api_keys.listed(project.id)
    assert key.last_used_at
    assert timedelta() <= now() - key.last_used_at < timedelta(minutes=1)


def noted(world: World, project: Project, token: str, ago: timedelta) -> bool:
    """Return whether a use is written down when the last one that was is so long ago."""
    with world.app.app_context():
        world.execute("UPDATE api_key SET last_used_at = :then", then=(now() - ago).isoformat(" "))
    with recorded(world.app) as statements:
        answer_to(world.app.test_client(), project, token)
    return any("UPDATE api_key" in statement for statement in statements)


@on_both_databases
@pytest.mark.parametrize(
    ("seconds", "written"), [(0, False), (55, False), (65, True), (86_400, True)]
)
def test_use_is_noted_once_a_minute_and_not_oftener(
    world: World,
    seconds: int,
    written: bool,  # noqa: FBT001
) -> None:
    project = world.project()
    token = world.key(project)
    assert noted(world, project, token, timedelta(seconds=seconds)) is written


def test_a_refused_key_is_not_noted_as_used(world: World, client: FlaskClient) -> None:
    project = world.project()
    answer_to(client, project, minted(world, project, timedelta(days=-1)))
    assert world.execute("SELECT last_used_at FROM api_key") == [(None,)]


@pytest.mark.parametrize("crash", [False, True], ids=["served", "crashed"])
def test_the_log_never_holds_a_token(
    world: World,
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    crash: bool,  # noqa: FBT001
) -> None:
    project = world.project()
    token = world.key(project)
    if crash:
        world.execute("ALTER TABLE api_key RENAME TO gone")
    with caplog.at_level(logging.DEBUG):
        status = answer_to(client, project, token)
        client.get("/api/admin/experiments", headers={"X-SDK-Key": token})
    assert status == (500 if crash else 200)
    assert any(each.exc_info for each in caplog.records) is crash
    assert "GET" in caplog.text
    assert token not in caplog.text
    assert token_hash(token) not in caplog.text
