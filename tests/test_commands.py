"""The command line: each command prints one JSON object on stdout."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from flask.cli import ScriptInfo
from flask.testing import FlaskClient

from app import create_app
from app.accounts import api_keys
from app.models import Scope, Status
from tests import terminal
from tests.api.asking import integers_path
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases
from tests.settings import SECRET_KEY
from tests.world import PASSWORD, World

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("admin", [False, True], ids=["a marketer", "an admin"])
def test_user_create_makes_a_sign_in(world: World, admin: bool) -> None:  # noqa: FBT001
    flags = ["--admin"] if admin else []
    arguments = ("user", "create", "Ana@Example.test", *flags, "--password-stdin")
    made = printed(world, *arguments, stdin=f"{PASSWORD}\n")
    assert made == {"email": "ana@example.test", "admin": admin}
    browser = world.browser("ana@example.test")
    assert browser.get("/admin/plans").status_code == (200 if admin else 403)


def test_a_password_is_one_line_whatever_ends_it(world: World) -> None:
    for number, ending in enumerate(("", "\n", "\r\n", "\nsecond line\n")):
        email = f"person{number}@a.test"
        printed(world, "user", "create", email, "--password-stdin", stdin=PASSWORD + ending)
        assert world.browser(email).get("/account").status_code == 200


def test_without_an_event_stream_there_are_no_events_to_read(world: World) -> None:
    assert complaint(world, "events") == "Error: EVENT_STREAM names no event stream to read."


@pytest.mark.programs
@pytest.mark.parametrize("command", ["create", "password"])
def test_at_a_terminal_a_password_is_asked_for_twice_and_never_shown(
    world: World, database_url: str, command: str
) -> None:
    email = "ana@example.test" if command == "create" else world.user()
    ran = at_terminal(database_url, ["a better password"] * 2, "user", command, email)
    assert (ran.code, json.loads(ran.printed)["email"]) == (0, email)
    assert ran.shown.split() == ["Password:", "The", "same", "again:"]
    assert world.browser().sign_in(email, "a better password").status_code == 302


@pytest.mark.programs
def test_at_a_terminal_two_different_passwords_are_asked_for_again(
    world: World, database_url: str
) -> None:
    words = ["a better password", "a bitter password", *["the best password"] * 2]
    ran = at_terminal(database_url, words, "user", "create", "ana@example.test")
    assert (ran.code, "do not match" in ran.shown) == (0, True)
    assert world.browser().sign_in("ana@example.test", "the best password").status_code == 302


def test_where_nobody_can_be_asked_a_password_comes_from_stdin_or_not_at_all(world: World) -> None:
    line = complaint(world, "user", "create", "ana@example.test", stdin=f"{PASSWORD}\n")
    assert line == "Error: Nobody can be asked for a password here: say --password-stdin."
    assert world.execute("SELECT count(*) FROM user_account") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--experiments-running", "2"], 2),
        (["--experiments-running", "0"], 0),
        (["--unlimited"], None),
        ([], None),
    ],
    ids=["2", "0", "unlimited", "nothing said"],
)
def test_plan_set_adds_a_plan(world: World, arguments: list[str], kept: int | None) -> None:
    made = printed(world, "plan", "set", "300", "--name", "Sandbox", *arguments)
    assert made == {"code": 300, "name": "Sandbox", "experiments_running": kept}
    assert world.execute("SELECT code, name, experiments_running FROM plan") == [
        (300, "Sandbox", kept)
    ]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [(["--experiments-running", "7"], 7), (["--unlimited"], None), ([], 2)],
    ids=["another limit", "unlimited", "the limit it has"],
)
def test_plan_set_changes_a_plan(world: World, arguments: list[str], kept: int | None) -> None:
    printed(world, "plan", "set", "300", "--name", "Sandbox", "--experiments-running", "2")
    made = printed(world, "plan", "set", "300", "--name", "Free", *arguments)
    assert made == {"code": 300, "name": "Free", "experiments_running": kept}


@pytest.mark.programs
def test_plan_set_starts_what_waits_only_where_that_is_agreed_to(
    world: World, database_url: str
) -> None:
    project = world.project(limit=0)
    (waiting,) = world.queued(project, 1)
    arguments = ("plan", "set", str(project.plan_code), "--name", "Large", "--unlimited")
    code, stdout, stderr = shell(database_url, *(each.encode() for each in arguments))
    assert (code, stdout) == (1, b"")
    assert stderr.decode() == (
        f"Error: This starts what waits in the queue: “{waiting.name}” in {project.name}. "
        "Nothing has been done. Say --yes to do it.\n"
    )
    assert world.reload(waiting).status is Status.DRAFT
    assert printed(world, *arguments, "--yes")["started"] == [waiting.name]
    assert world.reload(waiting).status is Status.RUNNING


def test_plan_set_puts_projects_over_only_where_that_is_agreed_to(world: World) -> None:
    project = world.project(limit=2)
    world.running(project, 2)
    arguments = ("plan", "set", str(project.plan_code), "--name", "Small")
    arguments += ("--experiments-running", "1")
    told = f"stops nothing: {project.name} (2 of 1 live). Nothing has been done. Say --yes to do it"
    assert told in complaint(world, *arguments)
    assert printed(world, *arguments, "--yes")["over"] == [project.key]


def test_project_create_gives_the_key_that_the_api_takes(world: World, client: FlaskClient) -> None:
    world.execute("INSERT INTO plan (code, name, experiments_running) VALUES (300, 'Sandbox', 2)")
    made = printed(world, "project", "create", "Web shop", "--plan", "300")
    told = {"name": "Web shop", "plan": 300, "time_zone": "UTC"}
    assert made == {"key": made["key"], **told}
    token = printed(world, "key", "create", made["key"], "--type", "admin")["key"]
    path = f"/v2/project/{made['key']}/experiments"
    assert client.get(path, headers={"x-api-key": token}).status_code == 200


@pytest.mark.parametrize("role", ["viewer", "marketer", "owner"])
def test_member_add_lets_somebody_in(world: World, role: str) -> None:
    project, email = world.project(), world.user()
    made = printed(world, "member", "add", project.key, email, "--role", role)
    assert made == {"project": project.key, "email": email, "role": role}
    assert world.execute("SELECT role FROM membership") == [(role,)]


@pytest.mark.programs
@on_both_databases
def test_member_add_asks_what_becomes_of_a_new_viewers_starts(
    world: World, database_url: str
) -> None:
    project = world.project(limit=0)
    email = world.member(project)
    draft = world.experiment(project)
    world.queue(draft, world.person(email))
    arguments = ("member", "add", project.key, email, "--role", "viewer")
    code, _, stderr = shell(database_url, *(each.encode() for each in arguments))
    assert code == 1
    assert f"planned here (“{draft.name}”): say whether to keep or to drop" in stderr.decode()
    printed(world, *arguments, "--starts", "drop")
    assert world.line(project) == []


def test_member_add_again_changes_the_role(world: World) -> None:
    project, email = world.project(), world.user()
    for role in ("viewer", "owner"):
        printed(world, "member", "add", project.key, email, "--role", role)
    assert world.execute("SELECT role FROM membership") == [("owner",)]


def test_experiment_create_makes_a_draft_with_a_key_of_its_name(world: World) -> None:
    project = world.project()
    made = printed(world, "experiment", "create", project.key, "Free delivery")
    rows = world.execute("SELECT public_id, test_id, key, status, url FROM experiment")
    assert rows == [(made["id"], made["test_id"], "free-delivery", "draft", "")]
    assert made == {"id": made["id"], "test_id": rows[0].test_id, "key": "free-delivery"}
    assert made["id"].startswith("exp_")


def test_experiment_create_takes_a_key_and_an_address(world: World) -> None:
    project = world.project()
    options = ("--key", "delivery_1", "--url", "https://shop.example/cart")
    made = printed(world, "experiment", "create", project.key, "Free delivery", *options)
    assert made["key"] == "delivery_1"
    assert world.execute("SELECT url FROM experiment") == [("https://shop.example/cart",)]


def test_key_create_gives_a_token_that_starts_experiments(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    experiment = world.experiment(project)
    made = printed(world, "key", "create", project.key, "--type", "admin", "--name", "deploys")
    assert list(made) == ["key"]
    headers = {"Authorization": f"Bearer {made['key']}"}
    client.patch(integers_path(project, experiment), json={"status": 1}, headers=headers)
    assert world.reload(experiment).status is Status.RUNNING
    assert world.execute("SELECT name FROM api_key") == [("deploys",)]


def test_key_create_limits_what_a_key_may_and_for_how_long(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    options = ("--scope", "pause", "--scope", "read", "--expires-in-days", "30")
    made = printed(world, "key", "create", project.key, "--type", "admin", *options)
    headers = {"Authorization": f"Bearer {made['key']}"}
    draft, running = world.experiment(project), world.experiment(project, Status.RUNNING)
    changes = ((draft, 1), (running, 0))
    assert [
        client.patch(integers_path(project, each), json={"status": code}, headers=headers).status
        for each, code in changes
    ] == ["403 FORBIDDEN", "200 OK"]
    with world.app.app_context():
        (key,) = api_keys.listed(project.id)
        assert key.scopes == {Scope.READ, Scope.PAUSE}
        assert key.expires_at
        assert (key.expires_at - key.created_at).days in {29, 30}


def shell(database: str, *arguments: bytes, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """A command as an operator types it."""
    command = [os.fsencode(sys.executable), b"-m", b"flask", b"--app", b"wsgi", *arguments]
    ran = subprocess.run(
        command, cwd=ROOT, env=settings(database), input=stdin, capture_output=True, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr


def at_terminal(database: str, words: Sequence[str], *arguments: str) -> terminal.Ran:
    """A command at a terminal, whose questions are answered with `words`."""
    command = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi"), *arguments]
    return terminal.run(command, words, settings(database))


def settings(database: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database, "SECRET_KEY": SECRET_KEY}


@pytest.mark.programs
def test_from_a_shell_a_command_prints_json_and_nothing_else(
    world: World, database_url: str
) -> None:
    arguments = (b"plan", b"set", b"300", b"--name", "Größe".encode(), b"--unlimited")
    code, stdout, stderr = shell(database_url, *arguments)
    assert (code, stderr) == (0, b"")
    assert json.loads(stdout) == {"code": 300, "name": "Größe", "experiments_running": None}
    assert world.execute("SELECT name FROM plan") == [("Größe",)]


@pytest.mark.parametrize(("command", "answers"), [(None, False), ("run", True), ("routes", True)])
def test_only_commands_of_flask_begin_with_what_answers_requests(
    tmp_path: Path,
    command: str | None,
    answers: bool,  # noqa: FBT001
) -> None:
    with click.Context(click.Group(), obj=ScriptInfo()) as context:
        # That of a command of ours is named after the application, which has it, is there.
        context.invoked_subcommand = command
        app = create_app({"SECRET_KEY": SECRET_KEY}, tmp_path)
    assert bool(app.blueprints) is answers


@pytest.mark.programs
def test_from_a_shell_a_mistake_is_one_line(database_url: str) -> None:
    code, stdout, stderr = shell(database_url, b"member", b"add", b"none", b"a@b.test")
    assert code != 0
    assert stdout == b""
    assert stderr.count(b"\n") == 1


@pytest.mark.programs
def test_from_a_shell_a_name_that_is_not_utf_8_is_one_line(world: World, database_url: str) -> None:
    world.execute("INSERT INTO plan (code, name, experiments_running) VALUES (300, 'Sandbox', 2)")
    code, _, stderr = shell(database_url, b"project", b"create", b"\xff\xfe", b"--plan", b"300")
    assert code != 0
    assert stderr.count(b"\n") == 1


def test_a_goal_is_made_and_decides_an_experiment(world: World) -> None:
    project = world.project()
    made = printed(world, "goal", "create", project.key, "buy", "--name", "Bought it")
    usual = {"kind": "conversion", "window_days": 7, "currency": None}
    assert made == {"key": "buy", "name": "Bought it", "wanted": "more", **usual}
    made = printed(world, "goal", "create", project.key, "moan", "--wanted", "less")
    assert made == {"key": "moan", "name": "moan", "wanted": "less", **usual}
    revenue = ("--kind", "revenue", "--currency", "eur", "--window-days", "0")
    made = printed(world, "goal", "create", project.key, "paid", *revenue)
    assert (made["kind"], made["window_days"], made["currency"]) == ("revenue", None, "EUR")
    printed(world, "experiment", "create", project.key, "Banner", "--goal", "buy")
    assert world.execute(
        "SELECT goal.key, role FROM run_goal JOIN goal ON goal.id = run_goal.goal_id"
    ) == [("buy", "primary")]


@pytest.mark.parametrize("kind", ["server", "client"])
def test_a_key_for_visitors_evaluates_and_changes_nothing(
    world: World, client: FlaskClient, kind: str
) -> None:
    project = world.project()
    experiment = world.experiment(project, Status.RUNNING)
    token = printed(world, "key", "create", project.key, "--type", kind)["key"]
    headers = {"X-API-Key": str(token)}
    body = {"context": {"targetingKey": "visitor"}}
    path = f"/ofrep/v1/evaluate/flags/{experiment.key}"
    assert client.post(path, json=body, headers=headers).status_code == 200
    path = integers_path(project, experiment)
    assert client.patch(path, json={"status": 0}, headers=headers).status_code == 401
    assert world.reload(experiment).status is Status.RUNNING
